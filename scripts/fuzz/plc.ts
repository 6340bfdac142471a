/** The PLC of the opcua door, a process of its own until it is killed: says its port. `process.argv[2]`: the folder of its certificate. */
import { join } from 'node:path';
import { DataType, Variant } from 'node-opcua';
import { localServer } from '../../agent/desk/simulation/local-server.ts';

const VALUES = { Number: [DataType.Double, 1.5], Text: [DataType.String, 'P-1'], List: [DataType.Int32, [1, 2, 3]] } as const;

const server = await localServer(join(process.argv[2] ?? '.', 'plc'), { serverCapabilities: { maxSessions: 10_000 } });
const namespace = server.engine.addressSpace?.registerNamespace('urn:fuzz');
for (const [name, [dataType, first]] of Object.entries(VALUES)) {
  const node = namespace?.addVariable({ organizedBy: 'i=85', nodeId: `s=${name}`, browseName: name, dataType });
  node?.setValueFromSource(new Variant({ dataType, value: first }));
}
await server.start();
process.stdout.write(`${server.endpoints[0]?.port}\n`);
