/** What n6.yaml says of who is in the cluster, and who knows it. */
import type { Address } from './address.ts';

export type MembershipPlan = SerfPlan | StaticPlan | DnsPlan;

/** Milliseconds, where n6.yaml says none. */
export const MEMBERSHIP_DEFAULT = {
  /** How often the list of Serf is read without any sign of a change. */
  serfInterval: 30_000,
  /** How often names are looked up. */
  dnsInterval: 10_000, staticInterval: 30_000,
} as const;
export const SERF_RPC: Address = { host: '127.0.0.1', port: 7373 };
export const SERF_PORT = 7946;

export type SerfPlan = Readonly<{
  provider: 'serf';
  rpc: Address;
  authKey: string | undefined;
  /** Read at each connection; absolute. */
  authKeyFile: string | undefined;
  /** Of the gossip; host names are looked up when they are needed. */
  seeds: readonly Address[];
  /** Name of the service that is the agent. */
  service: string;
  interval: number;
}>;

/** Before names are looked up. */
export type StaticMember = Readonly<{
  name: string;
  /** IP, or a host name. */
  address: string;
  port: number | undefined;
  role: string;
  tags: Readonly<Record<string, string>>;
}>;

/** What members have that say nothing else themselves; their own tags are added to `tags`. */
export type Common = Readonly<{ port: number | undefined; role: string; tags: Readonly<Record<string, string>> }>;

export type StaticPlan = Readonly<{
  provider: 'static';
  members: readonly StaticMember[];
  /** Of members of `file`. */
  common: Common;
  /** Absolute; watched. Undefined: `members` is all. */
  file: string | undefined;
  interval: number;
}>;

export type DnsPlan = Readonly<{
  provider: 'dns';
  name: string;
  kind: 'address' | 'srv';
  /** Undefined: those of resolv.conf(5). */
  server: Address | undefined;
  common: Common;
  interval: number;
}>;
