/**
 * A stored part judged again, by the networks that judge now: the picture that is kept, the window and the text of its record, under today's rules.
 * One at a time, since each takes a turn of a network that parts wait for. Nothing of it is recorded, published or told to the PLC.
 */
import { extname } from 'node:path';
import type { Config } from '../config/schema.ts';
import type {
  Finding,
  Frame,
  FramePool,
  Inference,
  Judgement,
  ModelSlot,
  Records,
  Replay,
  ReplayFinding,
  ReplayInput,
} from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import type { Manifest } from '../inference/manifest.ts';
import { REMEMBERED, save } from '../rules/history.ts';
import { openDecoder } from '../sources/cameras/decode.ts';
import { type Clock, endsWithin, type Milliseconds, Seconds } from '../time.ts';
import { judgeOf } from './bridges.ts';
import type { StationSlots } from './slots.ts';
import { findingOf, historyOf, recordIn, type StoredRecord, windowOf } from './stored-record.ts';

/** What judges now. */
export interface Judging {
  readonly config: Config;
  readonly hash: string;
  readonly slots: ReadonlyMap<string, StationSlots>;
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly inference: Inference;
  /** Why a model does not run as it should; null where it does. */
  readonly whyNot: (slot: string) => string | null;
}
export interface ReplayOptions {
  readonly clock: Clock;
  readonly records: Pick<Records, 'inspection' | 'picture' | 'before'>;
  readonly judging: () => Judging;
}

/** A network may have a queue of parts before it, and a picture may be large. */
const PATIENCE: Milliseconds = Seconds(10);
const LARGEST = 2 ** 28;
/** Cameras whose JPEG is kept as it came; of others the frame is encoded, see picture-worker.ts. */
const SENDS_JPEG: ReadonlySet<string> = new Set(['http', 'https', 'dir']);

/** Why it cannot be judged again. */
class Impossible {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

export class ReplayDesk {
  private readonly options: ReplayOptions;
  private isBusy = false;

  constructor(options: ReplayOptions) {
    this.options = options;
  }

  /** Null: there is no such inspection. Rejects with WEB_BUSY where another one is under way, and as a question to the records does. */
  async ask(id: string): Promise<Replay | null> {
    if (this.isBusy) throw new LinesideError('WEB_BUSY');
    this.isBusy = true;
    try {
      const found = await this.options.records.inspection(id);
      return found && (await this.replayed(recordIn(found)));
    } finally {
      this.isBusy = false;
    }
  }

  private async replayed(record: StoredRecord): Promise<Replay> {
    const { verdict, reasons, config_hash: config } = record;
    const was = { verdict, reasons, findings: record.findings.map((one) => saidBy(findingOf(one))), config };
    const judging = this.options.judging();
    const inputs: ReplayInput[] = [];
    try {
      const slots = slotsFor(judging, record);
      const [findings, unfound]: [Finding[], LinesideError[]] = [[], []];
      for (const slot of slots) {
        const said = await this.infer(slot, record, judging, inputs).catch(partNotFound);
        if (said instanceof LinesideError) unfound.push(said);
        else findings.push(said);
      }
      const judged = unfound.length > 0 ? unjudged(unfound, record, judging) : await this.judge(findings, record, judging);
      return { was, now: { ...judged, findings: findings.map(saidBy), config: judging.hash }, why: null, inputs };
    } catch (thrown) {
      return { was, now: null, why: thrown instanceof Impossible ? thrown.why : asLinesideError(thrown).sentence, inputs };
    }
  }

  private async judge(findings: readonly Finding[], record: StoredRecord, { config, manifests }: Judging): Promise<Judgement> {
    const { station: name, tags, recipe, part } = record;
    const station = config.stations[name];
    if (!station) throw new Impossible(`There is no station ${name} any more.`);
    const judge = judgeOf(name, config, manifests);
    judge.restore(save(historyOf(await this.options.records.before(record.id, REMEMBERED), recipe)));
    return judge.judge({ findings: Object.fromEntries(findings.map((one) => [one.model, one])), tags, recipe, part });
  }

  private async infer(slot: ModelSlot, record: StoredRecord, judging: Judging, inputs: ReplayInput[]): Promise<Finding> {
    const { inference, whyNot } = judging;
    // One that still learns what is normal would learn from this.
    const why = whyNot(slot.id);
    if (why !== null) throw new Impossible(`Model ${slot.name} does not run as it should: ${why}`);
    const input = await this.inputOf(slot, record, judging, inputs);
    const answer = inference.infer(slot.id, input);
    if (
      !(await endsWithin(
        this.options.clock,
        answer.then(() => {}),
        PATIENCE,
      ))
    )
      throw new Impossible(`Model ${slot.name} has not answered.`);
    return answer;
  }

  private async inputOf(slot: ModelSlot, record: StoredRecord, judging: Judging, inputs: ReplayInput[]) {
    if (slot.text !== undefined) {
      const note = record.findings.find(({ model }) => model === slot.name)?.note;
      if (!note || note.truncated) throw new Impossible(`The text that ${slot.name} read is not kept whole.`);
      inputs.push({ model: slot.name, state: 'same' });
      return { text: note.text };
    }
    if (slot.camera === undefined) {
      if (!record.window) throw new Impossible(`The window of tags that ${slot.name} looked at is not kept.`);
      inputs.push({ model: slot.name, state: 'same' });
      return { window: windowOf(record.window) };
    }
    const { frame, state } = await this.frameOf(slot.camera, record, judging.config);
    inputs.push({ model: slot.name, state });
    return { image: await judging.inference.prepare(slot.id, frame) };
  }

  private async frameOf(camera: string, record: StoredRecord, { cameras }: Config) {
    const n = record.images.findIndex((image) => image.camera === camera && image.role === 'frame');
    const kept = n < 0 ? null : await this.options.records.picture(record.id, n);
    if (!kept) throw new Impossible(`No picture of camera ${camera} is kept of this part: the config says which are, under store.images.`);
    const of = record.frames.find((reference) => reference.camera === camera);
    const isSame = extname(record.images[n]?.path ?? '') === '.png' || SENDS_JPEG.has(cameras[camera]?.url.scheme ?? '');
    const frame = await decoded(
      camera,
      kept.bytes,
      of?.format === 'mono8' || of?.format === 'rgb8' ? of.format : 'auto',
      this.options.clock,
    );
    return { frame, state: isSame ? ('same' as const) : ('encoded' as const) };
  }
}

/** That is an answer: the line would give it too. */
function partNotFound(thrown: unknown): LinesideError {
  if (thrown instanceof LinesideError && thrown.code === 'PART_NOT_FOUND') return thrown;
  throw thrown;
}

/** As the line answers it: where a model finds no part, nothing is judged (stations/course.ts). */
function unjudged(faults: readonly LinesideError[], { station }: StoredRecord, { config }: Judging): Judgement {
  const verdict = config.stations[station]?.on_failure;
  if (verdict === undefined) throw new Impossible(`There is no station ${station} any more.`);
  return { verdict, reasons: faults.map(({ sentence, code }) => ({ text: sentence, code })) };
}

function slotsFor({ slots }: Judging, { station, recipe }: StoredRecord): readonly ModelSlot[] {
  const byRecipe = slots.get(station)?.byRecipe;
  if (!byRecipe) throw new Impossible(`There is no station ${station} any more.`);
  const found = byRecipe.get(recipe) ?? byRecipe.get('');
  if (!found) throw new Impossible(`There is no recipe ${recipe} any more.`);
  return found;
}

async function decoded(camera: string, bytes: Uint8Array, format: 'mono8' | 'rgb8' | 'auto', clock: Clock): Promise<Frame> {
  const decoder = await openDecoder(camera, { clock, format, types: ['jpeg', 'png'], patience: PATIENCE });
  try {
    const picture = await decoder.decode(bytes, POOL);
    if (!picture) throw new Impossible(`The picture of camera ${camera} is too large.`);
    return { ...picture, camera, sequence: 1, captured: 0, hold: () => {}, release: () => {} };
  } finally {
    await decoder.close();
  }
}

const POOL: FramePool = {
  take: (bytes) => (bytes <= LARGEST ? new Uint8Array(new SharedArrayBuffer(bytes)) : undefined),
  give: () => {},
};

function saidBy({ model, package: name, version, label, score, threshold }: Finding): ReplayFinding {
  const known = (value: number) => (Number.isFinite(value) ? value : null);
  return { model, package: name, version, label, score: known(score), threshold: known(threshold) };
}
