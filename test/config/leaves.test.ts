// Every key of the schema, wrong once: a fault at its own line and column, by its own name, and no other fault that follows from it.

import { describe, expect, it } from 'vitest';
import { isMap, isScalar, LineCounter, type Pair, parseDocument } from 'yaml';
import { BaseSchema } from '#agent/config/schema.js';
import { branchesOf, entryOf, type Shape, shapeOf } from '#agent/config/shape.js';
import { faultsOf } from './lines.ts';

/** Every key there is, but for the other triggers and the ids that are read from a picture. */
const FULL = `line: {enterprise: acme, site: dresden, area: castings, line: line3, agent: gate1}
mqtt:
  url: mqtts://broker.plant:8883
  username: lineside
  password: \${env:MQTT_PASSWORD}
  client_id: one
  version: "5"
  prefix: lineside/v1
  formats: [json]
  ca: ca.pem
  cert: cert.pem
  key: key.pem
  insecure: false
  inflight: 100
  keepalive: 30s
  late_after: 10s
  commands: true
opcua:
  plc:
    endpoint: opc.tcp://10.1.3.20:4840
    security: {mode: SignAndEncrypt, policy: Basic256Sha256}
    user: {name: lineside, password: "\${env:MQTT_PASSWORD}"}
    silence: 10s
    write_timeout: 500ms
    events: {from: Server, severity: 300, station: outlet}
    tags:
      part_present: {node: "ns=2;i=1", sampling: 10ms, queue: 10}
      serial: {node: "ns=2;i=2"}
      count: {node: "ns=2;i=3"}
      die_temp: {node: "ns=2;i=4", deadband: 0.5, unit: °C, range: [0, 400], writable: false}
      pressure: {node: "ns=2;i=5"}
      part_back: {node: "ns=2;i=6", writable: true}
      verdict: {node: "ns=2;i=7", writable: true}
      ready: {node: "ns=2;i=8", writable: true}
      reject: {node: "ns=2;i=9", writable: true}
      next_recipe: {node: "ns=2;i=10", writable: true}
      next_order: {node: "ns=2;i=11", writable: true}
      route_part: {node: "ns=2;i=12", writable: true}
      route_to: {node: "ns=2;i=13", writable: true}
      rework_in: {node: "ns=2;i=14"}
      rework_out: {node: "ns=2;i=15"}
      scrap_in: {node: "ns=2;i=16"}
      scrap_out: {node: "ns=2;i=17"}
      hold_empty: {node: "ns=2;i=18"}
cameras:
  top: {url: "still://top", stall: 5s, memory: 64MB, fps: 25, latency: 5ms, format: mono8, password: "\${env:MQTT_PASSWORD}"}
stations:
  outlet:
    trigger: {tag: plc.part_present, edge: rising}
    part: plc.serial
    counter: plc.count
    recipe: {tag: plc.serial, default: standard, values: {"7": coarse}}
    recipes:
      coarse:
        models:
          surface: {model: surface-defect, variant: fp32, camera: top, region: [0, 0, 64, 64], threshold: 0.8, review: [0.6, 0.8], explain: never, shadow: {model: surface-defect, variant: fp32, region: [0, 0, 64, 64], threshold: 0.62, review: [0.45, 0.62]}, previous: {model: surface-defect, variant: fp32, region: [0, 0, 64, 64], threshold: 0.62, review: [0.45, 0.62]}}
          note: {text: plc.serial}
          code: {format: Addd-C|Bdd}
    deadline: 200ms
    on_failure: nok
    frame: {select: nearest, offset: 40ms, tolerance: 60ms, clock: source}
    answer:
      part: plc.part_back
      verdict: plc.verdict
      values: {ok: 1, nok: 2, review: 3}
      ready: {tag: plc.ready, value: true}
    window: {tags: [plc.die_temp, plc.pressure], span: 12s, every: 200ms, fill: last, gap: 5s, max_gaps: 0.2}
    models:
      surface: {model: surface-defect, variant: fp32, camera: top, region: [0, 0, 64, 64], threshold: 0.62, review: [0.45, 0.62], explain: always, shadow: {model: surface-defect, variant: fp32, region: [0, 0, 64, 64], threshold: 0.62, review: [0.45, 0.62]}, previous: {model: surface-defect, variant: fp32, region: [0, 0, 64, 64], threshold: 0.62, review: [0.45, 0.62]}}
      process: {model: process-attention}
      note: {model: maintenance-text, text: plc.serial}
      code: {model: code-reader, camera: top, format: Addd-C}
    rules:
      - {when: "surface.score > 0.5", verdict: nok, reason: defect}
    decisions:
      - {when: "verdict == 'nok'", do: reject, write: {plc.reject: true}, reason: bad}
    record: [plc.die_temp, plc.pressure]
    charts:
      width: {of: plc.die_temp, chart: ewma, subgroup: 2, learn: 50, close: by_hand, lower: 1, upper: 3, target: 2, lambda: 0.2, width: 3}
      sums: {of: surface.score, chart: cusum, h: 5, shift: 1}
      both: {of: [plc.die_temp, plc.pressure], alpha: 0.01}
      bad: {of: nok, reason: defect, sample: 50, rules: [nelson]}
    challenges: {scratch: {part: RR-1, expect: nok, reason: scratch, every: [changeover, 8h], grace: 30m, hold: true, write: {plc.reject: true}}}
    studies:
      masters: {kind: attributes, masters: {M-1: good, M-2: bad}, by: id, repeats: 3, conditions: [plc.die_temp], within: 8h}
      reference: {kind: type_one, of: plc.pressure, parts: [REF-1], reference: 10, tolerance: 0.5, percent: 20, spread: 6, least: 1.33}
      width: {kind: repeatability, of: surface.score, parts: [P-1, P-2], appraisers: [early, late], repeats: 3, tolerance: 0.5}
    containment: {lot: plc.serial, order: plc.serial, write: {plc.reject: true}}
    machine: {running: plc.ready, values: [true], ideal_cycle: 2s}
    tools:
      punch: {uses: {tag: plc.count, wraps: 65536}, life: 20000, trend: plc.pressure, limit: 7.1, falls: false, ahead: 4h, changed: plc.ready}
    inflight: 8
    follow: 5000
    route:
      table:
        - {verdict: nok, reason: defect, recipe: standard, when: "tags.die_temp > 3", to: scrap}
        - {to: packing}
      unknown: scrap
      tell: {part: plc.route_part, to: plc.route_to}
calendar:
  zone: Europe/Berlin
  shifts: {early: {from: "06:00", to: "14:00", days: [mon]}}
  breaks: {lunch: {from: "09:00", to: "09:15", days: [mon]}}
  days_off: [2026-12-25]
  report: false
routes:
  destinations:
    packing: {do: pass, value: 1}
    rework: {do: rework, value: 2, capacity: 8, full: scrap, within: 1m, arrived: {part: plc.rework_in}, left: {part: plc.rework_out}}
    scrap: {value: 3, arrived: {count: plc.scrap_in}, left: {count: plc.scrap_out}}
    hold: {do: hold, value: 4, left: {empty: plc.hold_empty}}
  no_read: [NOREAD]
  most: 500
planning:
  station: outlet
  orders: {file: orders.csv, opcua: {server: plc, node: "nsu=urn:mes;i=6033", every: 10s}}
  accept: by_hand
  tell: {recipe: plc.next_recipe, order: plc.next_order}
  every: 5m
  least_gain: 5m
  lost: 1
  hold: 30m
  learn: 30d
  search: {time: 5s, memory: 256MB, samples: 1000}
  facts:
    recipes: {standard: {cycle: 12s, cycle_spread: 0.05, scrap: 0.02, scrap_spread: 0.01}}
    setup: {default: 15m, spread: 0.2, from: {standard: {coarse: 40m}}, material: 5m}
    stops: {between: 4h, lasts: 10m, spread: 1}
    tool: {life: 20000, left: 4000, change: 15m}
materials:
  bolts:
    station: outlet
    per_part: 4
    recipes: {coarse: 6}
    counter: {tag: plc.count, each: 2, wraps: 65536}
    stock: {tag: plc.pressure, each: 0.5}
    container: 500
    calls: 2
    lead_time: {mean: 30m, spread: 10m}
    service: 0.98
    overdue: 90m
    unit: pcs
inference: {models: models, providers: [cpu], threads: 1, queue: 16, timeout: 2s}
store:
  path: data
  keep: {records: 400d, images: 20GB, free: 500MB, outbox: 4GB}
  images: {nok: all, review: all, ok: 1 in 50}
web: {listen: "127.0.0.1:8088", hosts: [box.plant], tls: {cert: box.pem, key: box.key}, probes: [10.1.3.7]}
log: {level: info}
language: {assistant: true, names: [Muster], texts: [plc.part_back], mask: true, operators: [plc.reject], audit: codes}
`;

interface Leaf {
  /** As faults write it. */
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

function leavesOf(text: string): readonly Leaf[] {
  const lines = new LineCounter();
  // References in flow blocks are no YAML by themselves; stand-ins of the same length are.
  const document = parseDocument(
    text.replaceAll(/\$\{[^}]*\}/g, (found) => 'x'.repeat(found.length)),
    { lineCounter: lines },
  );
  const walk = (node: unknown, path: string): Leaf[] => {
    if (isMap(node)) return node.items.flatMap(({ key, value }: Pair) => walk(value, path === '' ? String(key) : `${path}.${String(key)}`));
    const range = isScalar(node) ? node.range : (node as { range: [number, number, number] }).range;
    const { line, col } = lines.linePos(range?.[0] ?? 0);
    return [{ path, start: range?.[0] ?? 0, end: range?.[1] ?? 0, line, column: col }];
  };
  return walk(document.contents, '');
}

/** Paths of a schema's keys, names of the user's as `*`. */
function keysOf(shape: Shape, path: string): readonly string[] {
  const inner = (of: Shape) => (of.type === 'array' && !Array.isArray(of.items) ? ((of.items ?? {}) as Shape) : of);
  return branchesOf(shape).flatMap((branch) => {
    const entry = branch.properties ? undefined : entryOf(branch)?.[1];
    if (entry) return keysOf(inner(entry), `${path}.*`);
    const keys = Object.entries(branch.properties ?? {});
    return keys.length === 0 ? [path] : keys.flatMap(([key, property]) => keysOf(inner(property), path === '' ? key : `${path}.${key}`));
  });
}

/** Lists of blocks are no leaves; their keys are wrong in broken.test.ts. */
const leaves = leavesOf(FULL).filter(({ path }) => !/\.outlet\.(rules|decisions|route\.table)$/.test(path));
const swap = ({ start, end }: Leaf, wrong: string) => FULL.slice(0, start) + wrong + FULL.slice(end);
/** Texts take any text. */
const FREE =
  /^line\.|^mqtt\.(username|password|client_id|prefix|ca|cert|key)$|\.user\.|\.unit$|\.(reason|default|when)$|values\.|\.write\.|\.value$|\.password$|^store\.path$|^planning\.orders\.file$|^web\.tls\.(cert|key)$|^inference\.models$|\.variant$|\.challenges\.\w+\.part$/;
const choices = leaves.filter(({ path }) => !FREE.test(path));

describe('every key of the schema', () => {
  it('stands in the full config, which has no faults', async () => {
    expect(await faultsOf(FULL)).toEqual([]);
  });

  it('is known to this test', () => {
    const names = new Set([
      'opcua.*',
      'opcua.*.tags.*',
      'calendar.shifts.*',
      'calendar.breaks.*',
      'materials.*',
      'materials.*.recipes.*',
      'planning.facts.recipes.*',
      'planning.facts.setup.from.*',
      'planning.facts.setup.from.*.*',
      'routes.destinations.*',
      'stations.*',
      'stations.*.recipes.*',
      'stations.*.challenges.*',
      'stations.*.studies.*',
      'stations.*.charts.*',
      'stations.*.models.*',
      'stations.*.tools.*',
      'stations.*.recipes.*.models.*',
    ]);
    const general = (path: string) => {
      const out: string[] = [];
      for (const step of path.split('.')) {
        const here = out.join('.');
        const star = [...names].some((name) => name === `${here}.*`) || /\.(values|write|masters\.masters|\*\.masters)$/.test(here);
        out.push(star && !/answer\.values$/.test(here) ? '*' : step);
        if (/\.write\.\*$/.test(out.join('.'))) break;
      }
      return out.join('.');
    };
    const present = new Set(leaves.map(({ path }) => general(path)));
    // A list of blocks is one leaf here; its keys are wrong in broken.test.ts.
    const wanted = Object.entries(BaseSchema).flatMap(([key, schema]) => keysOf(shapeOf(schema), key));
    const missing = new Set(wanted.filter((path) => !present.has(path) && !/\.(rules|decisions|route\.table)\./.test(path)));
    expect([...missing].sort()).toEqual([
      ...['code', 'confidence', 'formats', 'model', 'region'].map((key) => `stations.*.part.${key}`),
      ...['camera', 'command', 'every'].map((key) => `stations.*.trigger.${key}`),
    ]);
  });

  it.each(leaves)('$path is no list of lists', async (leaf) => {
    const found = await faultsOf(swap(leaf, '[[[]]]'));
    const own = found.filter((fault) => fault.startsWith(`${leaf.line}:`) && fault.includes(`: ${leaf.path}`));
    expect(own).not.toEqual([]);
    expect(found).toEqual(own);
  });

  it.each(choices)('$path is none of what people type', async (leaf) => {
    const found = await faultsOf(swap(leaf, '"%&"'));
    expect(found.length).toBeGreaterThan(0);
    for (const fault of found) expect(fault.startsWith(`${leaf.line}:${leaf.column}: ${leaf.path} `), fault).toBe(true);
  });

  // Names that the user gives (recipes' values, written tags) cannot be misspelled here.
  it.each(leaves.filter(({ path }) => !/recipe\.values|setup\.from|bolts\.recipes|write|\.masters\.masters\./.test(path)))(
    '$path misspelled is no key',
    async ({ path, start }) => {
      const key = path.split('.').at(-1) ?? '';
      const at = FULL.lastIndexOf(`${key}:`, start - 1);
      const found = await faultsOf(`${FULL.slice(0, at)}${key}q${FULL.slice(at + key.length)}`);
      expect(found.filter((fault) => fault.endsWith(`: ${path}q is not a known key; did you mean ${key}?`))).toHaveLength(1);
    },
  );
});

describe('an id that is read from a picture', () => {
  const withPart = (part: string) => FULL.replace('part: plc.serial\n', `part: ${part}\n`);

  it('is no fault', async () => {
    expect(await faultsOf(withPart('{code: top, region: [0, 0, 64, 64], formats: [qr_code, code_128]}'))).toEqual([]);
  });

  it.each([
    ['{code: nowhere}', 'stations.outlet.part.code'],
    ['{code: top, region: [0, 0]}', 'stations.outlet.part.region'],
    ['{code: top, formats: [barcode]}', 'stations.outlet.part.formats'],
    ['{code: top, formats: []}', 'stations.outlet.part.formats'],
    ['{code: top, formatsq: [qr_code]}', 'stations.outlet.part.formatsq'],
    ['{model: nobody}', 'stations.outlet.part.model'],
    ['{model: surface, confidence: 2}', 'stations.outlet.part.confidence'],
  ])('%s is a fault of its own key', async (part, path) => {
    const found = await faultsOf(withPart(part));
    expect(found.join()).toContain(path);
    for (const fault of found) expect(fault).toContain('stations.outlet.part.');
  });
});
