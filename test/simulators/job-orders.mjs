/**
 * An OPC UA server with the job control of ISA-95 (OPC 10031-4), by the nodeset of the OPC Foundation: a receiver of job orders whose list is set on demand.
 * A process of its own, so that it can be killed. Options: {port, scratch}; commands by line: {id, list: [...]}.
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import opcua from 'node-opcua';

const { DataType, OPCUACertificateManager, OPCUAServer, VariantArrayType } = opcua;
const { port, scratch } = JSON.parse(process.argv[2] ?? '{}');
opcua.setWarningLogger(() => {});
opcua.setErrorLogger(() => {});
const URI = 'http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/';
const certificates = (name) => new OPCUACertificateManager({ rootFolder: join(scratch, name), automaticallyAcceptUnknownCertificate: true });
const server = new OPCUAServer({
  port,
  nodeset_filename: [opcua.nodesets.standard, opcua.nodesets.isa95JobControl],
  serverCertificateManager: certificates('own'),
  userCertificateManager: certificates('users'),
  securityModes: [opcua.MessageSecurityMode.None],
  securityPolicies: [opcua.SecurityPolicy.None],
});
await server.initialize();
const { addressSpace } = server.engine;
const index = addressSpace.getNamespaceIndex(URI);
const own = addressSpace.registerNamespace('urn:mes');
const type = addressSpace.findDataType('ISA95JobOrderAndStateDataType', index);
const receiver = own.addObject({ browseName: 'Receiver', nodeId: 's=Receiver', organizedBy: addressSpace.rootFolder.objects });
const list = own.addVariable({
  browseName: { name: 'JobOrderList', namespaceIndex: index },
  nodeId: 's=JobOrderList',
  componentOf: receiver,
  dataType: type.nodeId,
  valueRank: 1,
});

/** A job of the test as the structures of the nodeset have it. */
function entryOf({ id, state, recipe, quantity, parameter, start, end, priority, material }) {
  const materials = [];
  if (quantity !== undefined) materials.push({ materialUse: 'Produced', quantity: String(quantity) });
  if (material !== undefined) materials.push({ materialUse: 'Consumed', materialDefinitionID: material });
  const jobOrder = {
    jobOrderID: id,
    ...(recipe === undefined ? {} : { workMasterID: [{ iD: recipe, ID: recipe, id: recipe }] }),
    ...(start === undefined ? {} : { startTime: new Date(start) }),
    ...(end === undefined ? {} : { endTime: new Date(end) }),
    ...(priority === undefined ? {} : { priority }),
    ...(parameter === undefined ? {} : { jobOrderParameters: [{ iD: 'Quantity', ID: 'Quantity', id: 'Quantity', value: { dataType: DataType.UInt32, value: parameter } }] }),
    ...(materials.length === 0 ? {} : { materialRequirements: materials }),
  };
  return { jobOrder, state: [{ browsePath: {}, stateText: { text: 'state' }, stateNumber: state }] };
}

const set = (jobs) =>
  list.setValueFromSource({
    dataType: DataType.ExtensionObject,
    arrayType: VariantArrayType.Array,
    value: jobs.map((job) => addressSpace.constructExtensionObject(type, entryOf(job))),
  });
set([]);
await server.start();
process.stdout.write(`${JSON.stringify({ listening: port })}\n`);
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, list: jobs } = JSON.parse(line);
  try {
    set(jobs);
    process.stdout.write(`${JSON.stringify({ id, ok: true })}\n`);
  } catch (thrown) {
    process.stdout.write(`${JSON.stringify({ id, ok: false, why: String(thrown) })}\n`);
  }
});
