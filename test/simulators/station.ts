import type { StationConfig } from '#agent/config/schema.js';
import type {
  AnswerNote,
  Finding,
  Frame,
  Inference,
  Judge,
  LateFinding,
  ModelSlot,
  Reading,
  ShadowComparison,
  TagSample,
  TagValue,
  TagWrite,
  Verdict,
} from '#agent/contracts/index.js';
import type { Details } from '#agent/errors.js';
import { LinesideError } from '#agent/errors.js';
import type { FrameSource, FrameWish, StationMemory, StationPorts, StationRecord, StationSpec } from '#agent/stations/ports.js';
import { Station } from '#agent/stations/station.js';
import { TagTable } from '#agent/stations/tags.js';
import { ManualClock } from './clock.ts';
import { memoryLog } from './log.ts';

/** A model that looks at pictures of `top`. */
export const surface: ModelSlot = { id: 'outlet/surface', name: 'surface', package: 'surface-defect', camera: 'top' };
/** A station that a tag triggers and that answers by tags. */
export const stationConfig: StationConfig = {
  trigger: { tag: 'plc.present', edge: 'rising' },
  deadline: 200,
  on_failure: 'review',
  frame: { select: 'nearest', offset: 0, tolerance: 100, clock: 'source' },
  answer: { part: 'plc.verdict_part', verdict: 'plc.verdict', values: { ok: 1, nok: 2, review: 3 } },
  models: {},
  decisions: [],
  inflight: 4,
  follow: 5000,
};

/** A plant made of small behaviours, each of which a test can make slow, dead or lying. Time is driven by hand. */
export class Plant {
  readonly clock = new ManualClock();
  readonly tags = new TagTable();
  readonly log = memoryLog();
  readonly records: StationRecord[] = [];
  readonly remembered: string[] = [];
  readonly notes: AnswerNote[] = [];
  readonly late: LateFinding[] = [];
  readonly shadows: ShadowComparison[] = [];
  readonly kept: string[] = [];
  /** What of each is kept: its role, and of which camera the frame is. */
  readonly keptImages: { readonly id: string; readonly role: string; readonly camera: string }[] = [];
  readonly alarms: string[] = [];
  readonly alarmDetails: Details[] = [];
  /** Slots that pictures were prepared for. */
  readonly prepared: string[] = [];
  /** Whether there is room for records. */
  accepts = true;
  readonly written: { at: number; writes: readonly TagWrite[] }[] = [];
  /** What a read through the session gives; undefined: the PLC does not answer. */
  readonly plcValues = new Map<string, TagValue>();
  /** The source's time of what a read gives, where it is not the moment of the read; null: none. */
  readonly plcStamps = new Map<string, number | null>();
  /** Reads through the session, as they were asked for. */
  readonly reads: { readonly at: number; readonly tag: string; readonly timeout: number }[] = [];
  readMs = 0;
  readFault: Error | null = null;
  readonly frames: FakeFrame[] = [];
  states = 0;
  /** Texts that models were asked to read. */
  readonly texts: string[] = [];
  /** How long each model takes, or how it fails; by slot id. */
  readonly models = new Map<string, { ms: number; score?: number; fault?: LinesideError; hangs?: boolean }>();
  writeMs = 2;
  writeFault: LinesideError | null = null;
  /** Of single tags. */
  refuses: (write: TagWrite) => LinesideError | null = () => null;
  /** Of values that nodes cannot take. */
  unfit: (write: TagWrite) => LinesideError | null = () => null;
  camera: 'works' | 'dead' = 'works';
  /** What every model reads. */
  reading: Reading | null = null;
  /** The codes in every picture, and how long reading them takes. */
  codes: { texts: readonly string[]; ms: number } = { texts: [], ms: 5 };
  judge: Judge = thresholdJudge();

  finding(slot: ModelSlot, score: number): Finding {
    return {
      model: slot.name,
      package: slot.package,
      version: '1.0.0',
      variant: 'int8',
      provider: 'cpu',
      sha256: 'ab',
      kind: 'classify',
      label: score >= 0.5 ? 'scratch' : 'good',
      score,
      threshold: 0.5,
      review: null,
      margin: score - 0.5,
      queueMs: 0,
      runMs: 1,
      ...(this.reading ? { reading: this.reading } : {}),
    };
  }

  inference(slots: readonly ModelSlot[]): Inference {
    return {
      prepare: async (slot, frame) => {
        this.prepared.push(slot);
        return { slot, pixels: new Uint8Array(frame.width) };
      },
      infer: async (id, { text }) => {
        if (text !== undefined) this.texts.push(text);
        const slot = slots.find((s) => s.id === id);
        const behaviour = this.models.get(id) ?? { ms: 10, score: 0.1 };
        if (!slot) throw new LinesideError('INTERNAL', { why: `no slot ${id}` });
        if (behaviour.hangs) return new Promise<never>(() => {});
        await this.clock.sleep(behaviour.ms);
        if (behaviour.fault) throw behaviour.fault;
        return this.finding(slot, behaviour.score ?? 0.1);
      },
      unfound: (id) => {
        const slot = slots.find((s) => s.id === id);
        if (!slot) throw new LinesideError('INTERNAL', { why: `no slot ${id}` });
        return { ...this.finding(slot, 1), label: null };
      },
    };
  }

  readonly source: FrameSource = {
    waitFor: async (wish: FrameWish, signal: AbortSignal) => {
      if (this.camera === 'dead') await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      if (this.camera === 'dead') return undefined;
      const frame = new FakeFrame('top', this.frames.length + 1, wish.wanted + 3);
      this.frames.push(frame);
      frame.hold();
      return frame;
    },
    onFrame: (listener) => {
      this.frameListeners.add(listener);
      return () => this.frameListeners.delete(listener);
    },
  };
  private readonly frameListeners = new Set<(frame: Frame) => void>();
  emitFrame(frame: Frame): void {
    for (const listener of this.frameListeners) listener(frame);
  }

  /** A value of a tag arrives, set by the PLC `agoMs` before. */
  tag(tag: string, value: TagValue, { status = 0, agoMs = 1 }: { status?: number; agoMs?: number } = {}): void {
    const sample: TagSample = {
      value,
      status,
      source: this.clock.now() - agoMs,
      server: null,
      received: this.clock.now(),
      arrived: this.clock.elapsed(),
    };
    this.plcValues.set(tag, value);
    this.tags.update(tag, sample);
  }

  /** A part comes and goes: both edges of the trigger tag. */
  async part(tag = 'plc.present'): Promise<void> {
    this.tag(tag, true);
    await this.clock.advance(0);
    this.tag(tag, false);
  }

  ports(slots: readonly ModelSlot[]): StationPorts {
    let ids = 0;
    return {
      clock: this.clock,
      log: this.log,
      newId: () => `id-${++ids}`,
      inference: this.inference(slots),
      symbols: {
        readSymbols: async () => {
          await this.clock.sleep(this.codes.ms);
          return this.codes.texts;
        },
      },
      cameras: new Map([['top', this.source]]),
      tags: this.tags,
      judge: this.judge,
      write: async (writes) => {
        this.written.push({ at: this.clock.elapsed(), writes });
        await this.clock.sleep(this.writeMs);
        return writes.map((write) => this.writeFault ?? this.refuses(write));
      },
      unfit: (write) => this.unfit(write),
      read: async (tag, timeout) => {
        this.reads.push({ at: this.clock.elapsed(), tag, timeout });
        const value = this.plcValues.get(tag);
        if (this.readMs > 0) await this.clock.sleep(this.readMs);
        if (this.readFault) throw this.readFault;
        if (value === undefined) return undefined;
        const stamp = this.plcStamps.get(tag);
        const source = stamp === undefined ? this.clock.now() : stamp;
        return { value, status: 0, source, server: null, received: this.clock.now(), arrived: this.clock.elapsed() };
      },
      record: (record) => this.accepts && this.records.push(record) > 0,
      noteAnswer: (note) => void this.notes.push(note),
      remember: (saved) => void this.remembered.push(saved),
      recordLate: (_, late) => void this.late.push(late),
      recordShadow: (comparison) => void this.shadows.push(comparison),
      keepImage: (id, { role, frame }) => {
        this.kept.push(id);
        this.keptImages.push({ id, role, camera: frame.camera });
      },
      alarm: (code, subject, fault) => {
        this.alarms.push(`${code}/${subject}/${fault ? 'on' : 'off'}`);
        this.alarmDetails.push(fault?.details ?? {});
      },
      onState: () => void this.states++,
    };
  }

  /** A station as `config` says, started. */
  async station(spec: Partial<StationSpec> & Pick<StationSpec, 'config'>, memory: Partial<StationMemory> = {}): Promise<Station> {
    const slots = [...(spec.slots?.values() ?? []), ...(spec.shadows?.values() ?? [])].flat();
    const full: StationSpec = {
      name: 'outlet',
      slots: new Map(),
      shadows: new Map(),
      windowed: new Set(),
      units: new Map(),
      nodes: new Map(),
      writeTimeout: 500,
      configHash: 'c0ffee',
      images: { nok: 'all', review: 'all', ok: '1 in 50' },
      ...spec,
    };
    const station = new Station(full, this.ports(slots), { lastSequence: 0, lastPart: null, lastCounter: null, saved: null, ...memory });
    const started = station.start();
    await this.clock.advance(10);
    await started;
    return station;
  }

  get inspections() {
    return this.records.map((r) => r.inspection);
  }
}

export class FakeFrame implements Frame {
  readonly width = 4;
  readonly height = 4;
  readonly format = 'mono8' as const;
  readonly pixels = new Uint8Array(new SharedArrayBuffer(16));
  readonly camera: string;
  readonly sequence: number;
  readonly captured: number;
  holders = 0;

  constructor(camera: string, sequence: number, captured: number) {
    this.camera = camera;
    this.sequence = sequence;
    this.captured = captured;
  }
  hold(): void {
    this.holders++;
  }
  release(): void {
    this.holders--;
  }
}

/** nok from a score of 0.5; a decision latches after three in a row. */
function thresholdJudge(): Judge & { history: Verdict[] } {
  const history: Verdict[] = [];
  return {
    history,
    judge: ({ findings }) => {
      const bad = Object.values(findings).find((f) => f.score >= f.threshold);
      return bad
        ? { verdict: 'nok', reasons: [{ text: `${bad.model} ${bad.score}` }] }
        : { verdict: 'ok', reasons: [{ text: 'nothing found' }] };
    },
    asNow() {
      return this.judge;
    },
    decide: (_, verdict) => [
      ...(verdict === 'nok'
        ? [{ action: 'reject' as const, reason: 'bad', rule: 'nok', writes: [{ tag: 'plc.reject', value: true }], latched: false }]
        : []),
      ...(history.slice(-3).length === 3 && history.slice(-3).every((v) => v === 'nok')
        ? [{ action: 'stop' as const, reason: 'three in a row', rule: 'row', writes: [], latched: true }]
        : []),
    ],
    tags: ['plc.temp'],
    push: (verdict) => void history.push(verdict),
    changeover: () => void history.splice(0),
    save: () => JSON.stringify(history),
    restore: (saved) => void history.splice(0, history.length, ...(JSON.parse(saved) as Verdict[])),
  };
}
