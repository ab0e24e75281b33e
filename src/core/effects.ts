import type { Announcement } from './announcements.ts';
import type { Definition } from './definition.ts';
import type { Exit } from './exit.ts';
import type { Report } from './messages.ts';

/** Something the supervisor is asked to do for one service. Named as an order. */
export type Effect =
  | { type: 'spawnRun'; definition: Definition }
  | { type: 'spawnFinish'; definition: Definition; ranAs: number; exit: Exit }
  /** The `down` of a oneshot; answered by `spawned` and `exited`, as the other two. */
  | { type: 'spawnDown'; definition: Definition }
  /** Answered by `stopCommandEnded`. */
  | { type: 'runStopCommand'; definition: Definition; pid: number }
  /** Check, reload, verify; answered by `reloadEnded`. */
  | { type: 'beginReload'; definition: Definition; pid: number }
  /** The container is to end, with this code: a critical service has ended, or one has given up. */
  | { type: 'endContainer'; service: string; code: number; reason: string }
  /** `pid`: a process, or, negative, a process group. */
  | { type: 'sendSignal'; pid: number; signal: string }
  /** At most one deadline per service: setting one replaces the one before. `at` is monotonic milliseconds. */
  | { type: 'setDeadline'; at: number }
  | { type: 'clearDeadline' }
  | { type: 'announce'; announcement: Announcement }
  | { type: 'report'; report: Report };

export type EffectType = Effect['type'];
