/** What is said of how many instances there are, as messages.ts does. */
import type { InstancesPlan } from './instances.ts';

const many = (count: number): string => `${count} ${count === 1 ? 'instance' : 'instances'}`;

export const scaledText = (from: number, to: number, reason: string): string =>
  (from === to ? `there are ${many(to)} already` : `scaled from ${from} to ${many(to)}: ${reason}`);

export const notScaledText = (name: string, wanted: number, why: string): string => `${name} is not at ${many(wanted)}: ${why}`;

export const scaleRangeText = (name: string, count: number, { min, max }: InstancesPlan): string =>
  `cannot scale ${name} to ${count}: its service.yaml allows ${min} to ${max} instances; change instances.${count < min ? 'min' : 'max'} there`;

export const noInstancesText = (name: string): string => `${name} has no instances; write instances: 2 into its service.yaml, or name one that has`;
