/**
 * Candidates beside the models that judge. One looks at a part after its verdict is out and its record is handed over, on a thread that
 * lets all others go first; what it would have changed is told. While it is at work on one part it skips the next ones.
 */
import {
  type Difference,
  type Finding,
  type Frame,
  type Inspection,
  type Judgement,
  type ModelSlot,
  type ShadowCounters,
  sideOf,
  type TagWindow,
  type Verdict,
} from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import type { StationPorts, StationSpec } from './ports.ts';

/** What the models of a part were given, and the rules for another finding in one's place. */
export interface Seen {
  readonly frames: readonly Frame[];
  readonly window: TagWindow | null;
  /** By the model that read it. */
  readonly texts: ReadonlyMap<string, string>;
  judgeWith(model: string, finding: Finding): Judgement;
}

type Counts = { -readonly [Key in keyof Omit<ShadowCounters, 'package'>]: number };

export class Shadows {
  private readonly spec: StationSpec;
  private readonly ports: StationPorts;
  private readonly counts = new Map<string, Counts>();
  private readonly busy = new Set<string>();
  private stopped = false;

  constructor(spec: StationSpec, ports: StationPorts) {
    this.spec = spec;
    this.ports = ports;
    for (const id of spec.shadows.keys()) this.counts.set(id, { compared: 0, differing: 0, skipped: 0, failed: 0 });
  }

  /** By the slot that a candidate runs beside. */
  get counters(): Readonly<Record<string, ShadowCounters>> {
    const named = [...this.counts].map(([id, counts]) => [id, { package: this.spec.shadows.get(id)?.package ?? '', ...counts }] as const);
    return Object.fromEntries(named);
  }

  /** Never waits, never throws. The frames are held for as long as they are needed. */
  look(inspection: Inspection, slots: readonly ModelSlot[], seen: Seen | null): void {
    if (!seen || this.stopped) return;
    for (const { id, name } of slots) {
      const [candidate, counts] = [this.spec.shadows.get(id), this.counts.get(id)];
      const current = inspection.findings.find(({ model }) => model === name);
      if (!candidate || !counts || !current) continue;
      if (this.busy.has(id)) counts.skipped++;
      else void this.compare(inspection, candidate, current, seen, counts);
    }
  }

  /** What is still under way is told to nobody. */
  stop(): void {
    this.stopped = true;
  }

  private async compare(inspection: Inspection, candidate: ModelSlot, current: Finding, seen: Seen, counts: Counts): Promise<void> {
    const { beside = '' } = candidate;
    this.busy.add(beside);
    try {
      const { finding, judgement } = await this.wouldBe(candidate, current, seen);
      if (this.stopped) return;
      const difference = differenceOf(current, inspection.verdict, finding, judgement.verdict);
      counts.compared++;
      if (difference !== 'none') counts.differing++;
      const { id, station, part, recipe, verdict } = inspection;
      this.ports.recordShadow({
        id: this.ports.newId(),
        at: this.ports.clock.now(),
        station,
        inspection: id,
        part,
        recipe,
        model: current.model,
        difference,
        current: { verdict, finding: current },
        candidate: { ...judgement, finding },
      });
    } catch (thrown) {
      counts.failed++;
      const fault = asLinesideError(thrown, 'MODEL_FAILED', { model: candidate.id });
      this.ports.log.debug({ code: fault.code, slot: candidate.id }, fault.message);
    } finally {
      this.busy.delete(beside);
    }
  }

  /** In the place of the other it would leave a part that it does not find to `on_failure`: that is what is compared, and no part left out. */
  private async wouldBe(candidate: ModelSlot, current: Finding, seen: Seen): Promise<{ finding: Finding; judgement: Judgement }> {
    try {
      const finding = await this.ask(candidate, seen);
      return { finding, judgement: seen.judgeWith(current.model, finding) };
    } catch (thrown) {
      if (!(thrown instanceof LinesideError) || thrown.code !== 'PART_NOT_FOUND') throw thrown;
      const judgement = { verdict: this.spec.config.on_failure, reasons: [{ text: thrown.sentence, code: thrown.code }] };
      return { finding: this.ports.inference.unfound(candidate.id), judgement };
    }
  }

  private async ask({ id, name, camera, text }: ModelSlot, seen: Seen): Promise<Finding> {
    const { inference } = this.ports;
    if (text !== undefined) return inference.infer(id, { text: seen.texts.get(name) ?? '' });
    if (camera === undefined) return inference.infer(id, seen.window ? { window: seen.window } : {});
    const frame = seen.frames.find((each) => each.camera === camera);
    if (!frame) throw new LinesideError('FRAME_MISSING', { camera });
    frame.hold();
    const image = await inference.prepare(id, frame).finally(() => frame.release());
    return inference.infer(id, { image });
  }
}

/** The gravest. Pure. */
export function differenceOf(current: Finding, given: Verdict, candidate: Finding, would: Verdict): Difference {
  if (given !== would) return 'verdict';
  if (sideOf(current.score, current) !== sideOf(candidate.score, candidate)) return 'finding';
  return current.label === candidate.label ? 'none' : 'label';
}
