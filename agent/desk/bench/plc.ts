/** The OPC UA server of the bench. A child: it must not share a core's event loop with what it measures. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataType, StatusCodes, type UAVariable, Variant } from 'node-opcua';
import { systemClock as clock } from '../../time.ts';
import { localServer } from '../simulation/local-server.ts';
import { answerOrders } from './children.ts';

export type PlcOrder =
  /** `tags` counters beside the trigger. */
  | { readonly do: 'start'; readonly tags: number }
  /** Counts every tag up at this period until told to stop; answers at once. */
  | { readonly do: 'count'; readonly periodMs: number }
  | { readonly do: 'still' }
  /** Offers this many parts, one each period, and answers when the last verdict is in. */
  | { readonly do: 'parts'; readonly parts: number; readonly periodMs: number }
  /** Answers with the wall time of the first verdict after the station's announcement, which triggers one part. */
  | { readonly do: 'first' };

let trigger: UAVariable | undefined;
let serial: UAVariable | undefined;
let offered = 0;
let onVerdict: (value: number) => void = () => {};
const counters: UAVariable[] = [];
let timer: NodeJS.Timeout | undefined;

/** Answers with the endpoint. */
async function begin(tags: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-bench-plc-'));
  const server = await localServer(folder, { serverCapabilities: { minSupportedSampleRate: 0 } });
  const namespace = server.engine.addressSpace?.registerNamespace('urn:lineside:bench');
  const variable = (name: string, dataType: DataType, value: boolean | number | string) => {
    const node = namespace?.addVariable({ organizedBy: 'i=85', nodeId: `s=${name}`, browseName: name, dataType });
    node?.setValueFromSource(new Variant({ dataType, value }));
    return node;
  };
  trigger = variable('Trigger', DataType.Boolean, false);
  serial = variable('Serial', DataType.String, '');
  const verdict = variable('Verdict', DataType.Int32, -1);
  verdict?.on('value_changed', (data) => onVerdict(Number(data.value.value)));
  for (let i = 0; i < tags; i++) counters.push(variable(`Tag${i}`, DataType.Double, 0) as UAVariable);
  await server.start();
  return `opc.tcp://127.0.0.1:${server.endpoints[0]?.port}`;
}

function setTrigger(value: boolean): void {
  trigger?.setValueFromSource(new Variant({ dataType: DataType.Boolean, value }), StatusCodes.Good);
}

function count(periodMs: number): void {
  let n = 0;
  timer = setInterval(() => {
    n++;
    for (const tag of counters) tag.setValueFromSource(new Variant({ dataType: DataType.Double, value: n }));
  }, periodMs);
}

async function offer(parts: number, periodMs: number): Promise<number> {
  let answered = 0;
  onVerdict = (value) => {
    if (value > 0) answered++;
  };
  for (let i = 0; i < parts; i++) {
    offered++;
    serial?.setValueFromSource(new Variant({ dataType: DataType.String, value: `P${offered}` }), StatusCodes.Good);
    setTrigger(true);
    await clock.sleep(periodMs / 2);
    setTrigger(false);
    await clock.sleep(periodMs / 2);
  }
  return answered;
}

function first(): Promise<number> {
  return new Promise((resolve) => {
    onVerdict = (value) => {
      if (value === 0) setTrigger(true);
      if (value <= 0) return;
      setTrigger(false);
      resolve(clock.now());
    };
  });
}

answerOrders<PlcOrder>(async (order) => {
  if (order.do === 'start') return begin(order.tags);
  if (order.do === 'count') return count(order.periodMs);
  if (order.do === 'still') return clearInterval(timer);
  return order.do === 'parts' ? offer(order.parts, order.periodMs) : first();
});
