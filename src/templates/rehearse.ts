/** What a template would become: rendered and checked, nothing is installed and nobody is told. */
import type { RenderResult } from '../control/backend.ts';
import type { TemplateDefinition } from './definition.ts';
import { createTransaction, StepFailed, type TransactionOptions } from './transaction.ts';

/** Rejects with what is no failure of the template. */
export async function rehearse(options: TransactionOptions, definition: TemplateDefinition): Promise<RenderResult> {
  // One of its own: what runs beside it has other things in hand.
  const transaction = createTransaction(options);
  const { name } = definition;
  const current = await currentOf(options, definition);
  let content: string | null = null;
  try {
    const rendered = await transaction.render(definition);
    ({ content } = rendered);
    if (rendered.outcome !== 'same') await transaction.check(definition, 'n6-dry');
    const outcome = rendered.outcome === 'same' ? 'unchanged' : rendered.outcome === 'new' ? 'would change' : 'kept';
    return { name, outcome, step: null, reason: '', output: '', content, current };
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    const { step, reason, output } = error.failure;
    return { name, outcome: 'failed', step, reason, output, content, current };
  }
}

/** What the file has now; empty where there is none, or none that can be read. */
async function currentOf({ installer }: TransactionOptions, { destination }: TemplateDefinition): Promise<string> {
  try {
    return await installer.current(destination);
  } catch {
    return '';
  }
}
