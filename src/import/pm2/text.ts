/** A value of JSON as text. Not by String(): what has a `toString` of its own could do anything, or fail. */
export const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');
