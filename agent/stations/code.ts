/**
 * The part's id where it stands on the part: a DataMatrix, QR or bar code in a picture, or what a model reads. It never costs a verdict:
 * what cannot be read in time is told as a reason, and the part goes by its number.
 */
import type { PartConfig } from '../config/part.ts';
import type { Finding, Frame } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import type { Clock, Milliseconds } from '../time.ts';
import type { StationPorts } from './ports.ts';

export interface PartCode {
  readonly part: string | null;
  /** Why there is none. */
  readonly fault: LinesideError | null;
}

const unread = (why: string): PartCode => ({ part: null, fault: new LinesideError('CODE_UNREAD', { why }) });

/** From the picture, within `patience`. Never rejects. */
export async function fromPicture(
  part: Extract<PartConfig, { code: string }>,
  frame: Promise<Frame>,
  ports: Pick<StationPorts, 'symbols' | 'clock'>,
  patience: Milliseconds,
): Promise<PartCode> {
  const { region, formats, code: camera } = part;
  const look = async (): Promise<PartCode> => {
    const found = await ports.symbols.readSymbols(await frame, { ...(region ? { region } : {}), formats });
    const [text, ...others] = found;
    if (text === undefined) return unread(`there is no readable code in the picture of camera ${camera}`);
    return others.length === 0 ? { part: text, fault: null } : unread(`camera ${camera} shows several codes, ${found.join(' and ')}`);
  };
  const late = unread(`the code was not read within ${Math.round(patience)} ms`);
  return within(look(), patience, ports.clock, late).catch((thrown) => unread(withoutStop(asLinesideError(thrown).sentence)));
}

/** From what a model of the station has read. */
export function fromFinding({ model, confidence }: Extract<PartConfig, { model: string }>, finding: Finding | undefined): PartCode {
  const reading = finding?.reading;
  if (!reading || reading.text === '') return unread(`model ${model} read nothing`);
  if (finding.label === null) return unread(`model ${model} sees ${reading.text}, which is nothing of its format`);
  if (reading.confidence >= confidence) return { part: reading.text, fault: null };
  return unread(`model ${model} read ${reading.text} with confidence ${reading.confidence.toFixed(3)}, ${confidence} is wanted`);
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');

function within<T>(work: Promise<T>, patience: Milliseconds, clock: Clock, late: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(patience, () => resolve(late));
    work.then(resolve, reject).finally(cancel);
  });
}
