/** Files of an image that lies somewhere on this machine: its links mean what they mean in its container, not what they mean here. */

/** Where that is on this machine which `place` leads to; a path of nothing, such as an empty one, where it leads nowhere. */
export type Find = (place: string) => string;

/** Of this machine itself. */
export const asNamed: Find = (place) => place;
