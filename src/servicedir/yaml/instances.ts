/** What differs from one instance to another in one file: `{instance}` and `{port}`, filled in before anything is read of it. */
import type { InstancesPlan } from '../../core/instances.ts';
import { SERVICE } from './keys.ts';
import { instancesOf } from './to-policy.ts';
import type { Written } from './written.ts';

/** undefined: it is one, or what is written of instances cannot be read, which is told by whoever reads the whole. */
export function planIn(written: Written): InstancesPlan | undefined {
  const given = valueAt(written, 'instances');
  const silent = { path: 'instances', complain: () => undefined, note: () => undefined };
  return given === undefined ? undefined : instancesOf(SERVICE.instances.shape.read(given, silent));
}

/** A text that is nothing but such a word becomes a number, where one may stand. */
export function filled(written: Written, { ports }: InstancesPlan, number: number): Written {
  const port = ports === undefined ? undefined : ports.first + number - 1;
  const fill = (value: Written): Written => {
    switch (value.kind) {
      case 'map': return { ...value, entries: value.entries.map((entry) => (entry.key === 'instances' ? entry : { ...entry, value: fill(entry.value) })) };
      case 'list': return { ...value, items: value.items.map(fill) };
      case 'text': {
        const text = value.text.replaceAll('{instance}', String(number)).replaceAll('{port}', port === undefined ? '{port}' : String(port));
        if (text === value.text) return value;
        return /^\d+$/.test(text) ? { kind: 'number', line: value.line, number: Number(text), text } : { ...value, text };
      }
      default: return value;
    }
  };
  return fill(written);
}

/** All instances would write into one directory. */
export function sharesFiles(written: Written): boolean {
  const logs = valueAt(written, 'logs');
  const directory = logs === undefined ? undefined : valueAt(logs, 'directory');
  return directory?.kind === 'text' && directory.text.startsWith('/') && !directory.text.includes('{instance}');
}

const valueAt = (written: Written, key: string): Written | undefined =>
  (written.kind === 'map' ? written.entries.find((entry) => entry.key === key)?.value : undefined);
