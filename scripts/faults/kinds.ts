/** The twelve faults that are set against each other, each with how it begins and how it ends. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PairLine } from './line.ts';

export interface Fault {
  readonly name: string;
  /** Of those that exclude each other one comes after the other. */
  readonly excludes: string | null;
  /** Names of parts may get lost while it lasts, by DESIGN: what belongs together can no longer be told. */
  readonly losesNames: boolean;
  begin(line: PairLine): Promise<void> | void;
  end(line: PairLine): Promise<void> | void;
}

const none = () => {};

export const FAULTS: readonly Fault[] = [
  {
    name: 'disk full',
    excludes: null,
    losesNames: false,
    begin: (line) => void spawnSync('dd', ['if=/dev/zero', `of=${join(line.disk, 'ballast')}`, 'bs=4k'], { stdio: 'ignore' }),
    end: (line) => rmSync(join(line.disk, 'ballast'), { force: true }),
  },
  {
    name: 'disk slow',
    excludes: null,
    losesNames: false,
    begin: (line) => writeFileSync(line.slowWhile, ''),
    end: (line) => rmSync(line.slowWhile, { force: true }),
  },
  {
    name: 'clock back',
    excludes: 'clock',
    losesNames: false,
    begin: (line) => line.clock('-3600'),
    end: (line) => line.clock('+0'),
  },
  {
    name: 'clock forward',
    excludes: 'clock',
    losesNames: false,
    begin: (line) => line.clock('+2y'),
    end: (line) => line.clock('+0'),
  },
  {
    name: 'broker denies',
    excludes: 'broker',
    losesNames: false,
    begin: (line) => line.broker.allow(line.allowed.filter((rule) => !rule.endsWith('/decision'))),
    end: (line) => line.broker.allow(line.allowed),
  },
  {
    name: 'broker closes',
    excludes: 'broker',
    losesNames: false,
    begin: (line) => line.witness.denies('/decision'),
    end: (line) => line.witness.denies(null),
  },
  {
    name: 'PLC silent',
    excludes: 'plc',
    losesNames: true,
    begin: (line) => line.stall(true),
    end: (line) => line.stall(false),
  },
  {
    name: 'PLC huge',
    excludes: 'plc',
    losesNames: false,
    begin: async (line) => {
      await line.plc.server.set({ Note: 'x'.repeat(2_000_000) });
      line.beside(line.plc.server.wave('Wave', line.waves, 10, 40));
    },
    end: (line) => line.plc.server.set({ Note: '' }),
  },
  { name: 'camera bomb', excludes: null, losesNames: false, begin: (line) => line.camera.arm(true), end: (line) => line.camera.arm(false) },
  {
    name: 'config broken',
    excludes: 'config',
    losesNames: false,
    begin: (line) => line.writeConfig(`${'['.repeat(2000)}\n${Array.from({ length: 3000 }, (_, i) => `unknown_${i}: ${i}`).join('\n')}`),
    end: (line) => line.writeConfig(line.config()),
  },
  {
    name: 'package broken',
    excludes: 'config',
    losesNames: false,
    begin: (line) => line.writeConfig(line.config('garbage')),
    end: (line) => line.writeConfig(line.config()),
  },
  { name: 'SIGTERM', excludes: null, losesNames: true, begin: (line) => line.restart(), end: none },
];

/** Every two, in the order of the list. */
export const PAIRS: readonly (readonly [Fault, Fault])[] = FAULTS.flatMap((a, i) => FAULTS.slice(i + 1).map((b) => [a, b] as const));

export const together = (a: Fault, b: Fault): boolean => a.excludes === null || a.excludes !== b.excludes;
