/** The protocols that are built in. A new one is a file here, a line below and a test in test/evaluation/. */
import { LinesideError } from '../../../errors.ts';
import type { Protocol } from '../protocol.ts';
import { cncMill } from './cnc-mill.ts';
import { codes } from './codes.ts';
import { magneticTile } from './magnetic-tile.ts';
import { maintenance } from './maintenance.ts';
import { neuDet } from './neu-det.ts';
import { screws } from './screws.ts';
import { skab } from './skab.ts';

// What a protocol's truth and evidence are is its own business: whoever runs one only carries them from call to call.
export const PROTOCOLS: readonly Protocol[] = [
  magneticTile,
  neuDet,
  screws,
  skab,
  codes,
  maintenance,
  cncMill,
] as readonly unknown[] as readonly Protocol[];

/** Throws USAGE with the names there are. */
export function protocolOf(name: string): Protocol {
  const found = PROTOCOLS.find((protocol) => protocol.name === name);
  if (found) return found;
  throw new LinesideError('USAGE', { why: `there is no evaluation ${name}; there are ${PROTOCOLS.map((p) => p.name).join(', ')}` });
}
