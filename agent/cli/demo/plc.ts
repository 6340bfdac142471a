/** The demo press's PLC as others see it: an OPC UA server on localhost with the tags of a real one, and no security to set up. */
import { DataType, makeEUInformation, type Namespace, type OPCUAServer, StatusCodes, type UAVariable, Variant } from 'node-opcua';
import { localServer } from '../../desk/simulation/local-server.ts';
import { SENSORS } from '../../desk/simulation/physics.ts';

export const NAMESPACE = 'urn:lineside:demo-press';

type Value = number | boolean | string;

/** Tags that the press drives, beside its sensors, and tags that are there for the agent to write, with what they are at the start. */
const OWN = {
  PartPresent: [DataType.Boolean, false],
  Serial: [DataType.String, ''],
  PartCounter: [DataType.UInt32, 0],
  Product: [DataType.String, ''],
  Order: [DataType.String, ''],
  Running: [DataType.Boolean, false],
} as const;
const WRITABLE = {
  Ready: [DataType.Boolean, false],
  VerdictPart: [DataType.String, ''],
  Verdict: [DataType.Int32, 0],
  Reject: [DataType.Boolean, false],
  Hold: [DataType.Boolean, false],
  NextRecipe: [DataType.String, ''],
  NextOrder: [DataType.String, ''],
} as const;
export type WritableTag = keyof typeof WRITABLE;

export interface PlcOptions {
  /** For the certificate that the server makes even where nothing is secured. */
  readonly folder: string;
  /** Called for every write, in the order in which they came, also when the value is the one before. */
  onWrite(tag: WritableTag, value: Value): void;
}

export interface Plc {
  readonly port: number;
  /** Sets a tag by its node's name; `at`, wall time in ms, becomes its source timestamp. */
  set(tag: string, value: Value, at: number): void;
  stop(): Promise<void>;
}

/** UNECE Recommendation 20 codes, from which EUInformation gets its unitId (OPC 10000-8 5.6.3). */
const UNECE: Readonly<Record<string, string>> = { '°C': 'CEL', 'l/min': 'L2', bar: 'BAR', 'm/s': 'MTS', 'mm/s': 'C16' };

/** die_temp is DieTemp. */
export const nodeName = (sensor: string): string => sensor.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());

export async function startPlc(options: PlcOptions): Promise<Plc> {
  const server = await localServer(options.folder, {
    serverInfo: { applicationUri: NAMESPACE },
    // Who asks for a sampling of 0 gets each change as it happens; with the default, changes within 50 ms become one.
    serverCapabilities: { minSupportedSampleRate: 0 },
  });
  const nodes = server.engine.addressSpace ? addTags(server.engine.addressSpace.registerNamespace(NAMESPACE), options) : new Map();
  takeRequestsWhole(server);
  await server.start();
  return {
    port: server.endpoints[0]?.port ?? 0,
    set: (tag, value, at) => {
      const node = nodes.get(tag);
      node?.variable.setValueFromSource({ dataType: node.dataType, value }, StatusCodes.Good, new Date(at));
    },
    stop: () => server.shutdown(0),
  };
}

/** node-opcua works on the writes of several requests in turns; a PLC takes a request as a whole, or a verdict meets another's part. */
function takeRequestsWhole({ engine }: OPCUAServer): void {
  const write = engine.write.bind(engine);
  let last: Promise<unknown> = Promise.resolve();
  engine.write = (context, nodes) => {
    const result = last.then(() => write(context, nodes));
    last = result.catch(() => {});
    return result;
  };
}

interface Node {
  readonly variable: UAVariable;
  readonly dataType: DataType;
}

function addTags(namespace: Namespace, { onWrite }: PlcOptions): Map<string, Node> {
  const press = namespace.addObject({ organizedBy: namespace.addressSpace.rootFolder.objects, browseName: 'Press', nodeId: 's=Press' });
  // A minimum sampling interval of 0 lets a client ask for every change as it happens.
  const common = (name: string) => ({ componentOf: press, browseName: name, nodeId: `s=${name}`, minimumSamplingInterval: 0 });
  const readOnly = { accessLevel: 'CurrentRead', userAccessLevel: 'CurrentRead' };
  const nodes = new Map<string, Node>();
  for (const [name, [dataType, first]] of Object.entries(OWN)) {
    const value = new Variant({ dataType, value: first });
    nodes.set(name, { dataType, variable: namespace.addVariable({ ...common(name), ...readOnly, dataType, value }) });
  }
  for (const { name, unit, range, normal } of SENSORS) {
    const [low, high] = range;
    const variable = namespace.addAnalogDataItem({
      ...common(nodeName(name)),
      ...readOnly,
      dataType: 'Double',
      engineeringUnitsRange: { low, high },
      engineeringUnits: makeEUInformation(UNECE[unit] ?? '', unit, unit),
      value: new Variant({ dataType: DataType.Double, value: normal }),
    });
    nodes.set(nodeName(name), { variable, dataType: DataType.Double });
  }
  for (const [name, [dataType, first]] of Object.entries(WRITABLE)) {
    let value: Value = first;
    const set = (written: Variant) => {
      value = written.value;
      onWrite(name as WritableTag, value);
      return StatusCodes.Good;
    };
    const get = () => new Variant({ dataType, value });
    namespace.addVariable({ ...common(name), dataType, value: { get, set } });
  }
  return nodes;
}
