/**
 * `import { connect } from 'n6/client'`: the control API of n6 as typed functions. What is not exported here may change.
 * The reference is docs/reference/client.md.
 */
export { connect, type ConnectOptions } from './connect.ts';
export type {
  Actions, ActionOptions, ChangeOptions, Health, HealthOptions, N6, Outcome, PokePayload, RenderOptions, WaitOptions,
} from './client.ts';
export type { EventOptions, StreamItem } from './events.ts';
export type { FollowOptions, LogOptions } from './logs.ts';
export type { LogLine } from '../control/logs.ts';
export { NoSuchService, NoSupervisor } from './errors.ts';
export { Refused, Unreachable, type UnreachableReason } from '../control/client-errors.ts';
export type { CallOptions } from '../control/client.ts';
export type {
  ChangeAnswer, KnownMember, MembersAnswer, PublicEvent, RenderResult, RescanOutcome, RunEnvironment, SupervisorInfo, TemplateStatus, Variable, Who, Why,
} from '../control/backend.ts';
export type { HealthLevel, ServiceHealth } from '../control/health.ts';
export type { ProblemCode, ProblemDocument } from '../control/problem.ts';
export type { Answers, CommandOutcome, Lost, ShownNode, Unmatched } from '../control/protocol.ts';
export { ANNOUNCEMENT_NAMES, type AnnouncementName } from '../core/announcements.ts';
export { COMMAND_NAMES, type CommandName, type Goal } from '../core/commands.ts';
export { PUBLIC_STATES, type PublicState, type Status } from '../core/status.ts';
export type { Usage } from '../core/usage.ts';
