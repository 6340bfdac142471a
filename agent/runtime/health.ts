/** How the agent is: what it publishes every minute, serves as metrics, and answers /readyz with. */
import { statfs } from 'node:fs/promises';
import type { Health, PartStatus, ShadowCounters } from '../contracts/index.ts';
import type { LinesideError } from '../errors.ts';
import type { Clock } from '../time.ts';

export type Queue = Health['queues'][string];

export interface PartHealth {
  readonly status: PartStatus;
  readonly fault: LinesideError | null;
  readonly restarts: number;
}

export interface HealthSources {
  readonly clock: Clock;
  readonly version: string;
  readonly startedAt: number;
  readonly storePath: string;
  parts(): Readonly<Record<string, PartHealth>>;
  queues(): Readonly<Record<string, Queue>>;
  certificates(): Readonly<Record<string, number>>;
  publishers(): Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By server. */
  clockSkews(): Readonly<Record<string, number>>;
  shadows(): Readonly<Record<string, ShadowCounters>>;
}

export async function buildHealth(sources: HealthSources): Promise<Health> {
  const { clock, version, startedAt, storePath } = sources;
  const parts = Object.entries(sources.parts()).map(([name, { status, fault, restarts }]) => [
    name,
    { status, restarts, ...(fault ? { code: fault.code } : {}) },
  ]);
  const shadows = sources.shadows();
  const publishers = sources.publishers();
  const clockSkewMs = sources.clockSkews();
  return {
    at: clock.now(),
    uptimeS: Math.round((clock.elapsed() - startedAt) / 1000),
    version,
    parts: Object.fromEntries(parts),
    queues: sources.queues(),
    rssMb: Math.round(process.memoryUsage.rss() / 1e6),
    diskFreeMb: await freeMb(storePath),
    certificateDaysLeft: sources.certificates(),
    ...(Object.keys(publishers).length > 0 ? { publishers } : {}),
    ...(Object.keys(clockSkewMs).length > 0 ? { clockSkewMs } : {}),
    ...(Object.keys(shadows).length > 0 ? { shadows } : {}),
  };
}

async function freeMb(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path);
    return Math.round((bavail * bsize) / 1e6);
  } catch {
    return null;
  }
}
