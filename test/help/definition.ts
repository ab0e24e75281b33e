import { DEFAULTS, type Definition } from '../../src/core/definition.ts';

/** A definition as an empty service directory gives it, but for what the test says. */
export const definition = (changes: Partial<Definition> = {}): Definition =>
  ({ ...DEFAULTS, name: 'web', directory: '/services/web', fingerprint: '1', ...changes });
