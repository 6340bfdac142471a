/**
 * An OPC UA server by node-opcua with faults on demand: the twin of opcua-asyncua.py, same options, same commands. JavaScript, since it
 * runs as a process of its own and Node 20 does not strip types.
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import opcua from 'node-opcua';

const { DataType, MessageSecurityMode, MonitoredItemCreateResult, OPCUACertificateManager, OPCUAServer, SecurityPolicy, ServerSidePublishEngine, StatusCodes, Subscription } = opcua;
const options = JSON.parse(process.argv[2] ?? '{}');
const faults = { mute: 'none', refuse: false, slow_writes: 0 };
opcua.setWarningLogger(() => {});
opcua.setErrorLogger(() => {});

const integer64 = (text) => {
  const bits = BigInt.asUintN(64, BigInt(text));
  return [Number(bits >> 32n), Number(bits & 0xffffffffn)];
};
const FROM_JSON = {
  DateTime: (value) => new Date(value),
  Double: Number,
  Float: Number,
  ByteString: (value) => Buffer.from(value, 'hex'),
  LocalizedText: (value) => ({ text: value }),
  Int64: integer64,
  UInt64: integer64,
};
const variant = (kind, value) => {
  if (value === null) return { dataType: DataType.Null };
  const one = FROM_JSON[kind] ?? ((item) => item);
  const list = Array.isArray(value);
  return { dataType: DataType[kind], arrayType: list ? 1 : 0, value: list ? value.map(one) : one(value) };
};
const toJson = (kind, value) => {
  if (kind === 'Int64') return String(BigInt.asIntN(64, (BigInt(value[0]) << 32n) | BigInt(value[1])));
  if (kind === 'UInt64') return String((BigInt(value[0]) << 32n) | BigInt(value[1]));
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (ArrayBuffer.isView(value)) return Array.from(value);
  return kind === 'LocalizedText' ? value.text : value;
};

// Mute: publish requests are kept, nothing answers them; for all subscriptions, or for the newest only.
let newest = 0;
const muted = (id) => {
  newest = Math.max(newest, id);
  return faults.mute === 'all' || (faults.mute === 'newest' && id === newest);
};
const publisher = ServerSidePublishEngine.prototype;
const { _send_response, send_keep_alive_response, _cancelTimeoutRequests } = publisher;
publisher._send_response = function (subscription, response) {
  if (!muted(response.subscriptionId)) _send_response.call(this, subscription, response);
};
publisher.send_keep_alive_response = function (id, sequence) {
  return muted(id) ? true : send_keep_alive_response.call(this, id, sequence);
};
publisher._cancelTimeoutRequests = function () {
  if (faults.mute === 'none') _cancelTimeoutRequests.call(this);
};
const onWrite = OPCUAServer.prototype._on_WriteRequest;
OPCUAServer.prototype._on_WriteRequest = function (...args) {
  if (faults.slow_writes === 0) return onWrite.apply(this, args);
  setTimeout(() => onWrite.apply(this, args), faults.slow_writes);
};

// Refused items: by the name of the node, and those with a filter.
const { preCreateMonitoredItem } = Subscription.prototype;
Subscription.prototype.preCreateMonitoredItem = function (space, timestamps, request) {
  const { itemToMonitor, requestedParameters } = request;
  const filtered = requestedParameters.filter && options.no_filters ? 'BadMonitoredItemFilterUnsupported' : undefined;
  const status = options.refused?.[itemToMonitor.nodeId.value] ?? filtered;
  if (!status) return preCreateMonitoredItem.call(this, space, timestamps, request);
  return { createResult: new MonitoredItemCreateResult({ statusCode: StatusCodes[status] }), monitoredItemCreateRequest: request };
};

const limits = options.limits ?? {};
const secured = options.pki !== undefined;
// It makes a certificate even where nothing is secured; kept over restarts.
const rootFolder = join(options.pki ?? options.scratch, 'node-opcua');
const server = new OPCUAServer({
  host: '127.0.0.1',
  hostname: '127.0.0.1',
  port: options.port,
  resourcePath: '/line',
  serverInfo: { applicationUri: 'urn:lineside:test:node-opcua' },
  serverCertificateManager: new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: true }),
  securityModes: secured ? [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt] : [MessageSecurityMode.None],
  securityPolicies: secured ? [SecurityPolicy.None, SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes256_Sha256_RsaPss] : [SecurityPolicy.None],
  allowAnonymous: options.users === undefined,
  userManager: { isValidUser: (name, password) => !faults.refuse && options.users?.[name] === password },
  serverCapabilities: {
    maxSessions: 100,
    ...(options.items && { maxMonitoredItemsPerSubscription: options.items }),
    operationLimits: {
      maxNodesPerRead: limits.read ?? 0,
      maxNodesPerWrite: limits.write ?? 0,
      maxNodesPerBrowse: limits.browse ?? 0,
      maxMonitoredItemsPerCall: limits.monitor ?? 0,
    },
  },
});
await server.initialize();

const nodes = new Map();
for (const uri of options.namespaces) {
  const namespace = server.engine.addressSpace.registerNamespace(uri);
  if (uri !== options.namespace) continue;
  const line = namespace.addObject({ organizedBy: server.engine.addressSpace.rootFolder.objects, browseName: 'Line', nodeId: 's=Line' });
  for (const [name, [kind, value, declared]] of Object.entries(options.variables)) {
    const first = variant(kind, value);
    const node = namespace.addVariable({
      componentOf: line,
      browseName: name,
      nodeId: `s=${name}`,
      dataType: declared ? `ns=0;i=${declared}` : kind,
      valueRank: Array.isArray(value) ? 1 : -1,
      ...(Array.isArray(value) && { arrayDimensions: [0] }),
      accessLevel: options.read_only?.includes(name) ? 'CurrentRead' : 'CurrentRead | CurrentWrite',
      value: first,
      minimumSamplingInterval: options.sampling ?? 5,
    });
    nodes.set(name, { node, kind });
  }
}

// Alarms, by their names: conditions of one machine, told at the Server object, with the message, severity and state that a test gives them.
const alarms = new Map();
if (options.alarms) {
  const { addressSpace } = server.engine;
  addressSpace.installAlarmsAndConditionsService();
  const namespace = addressSpace.getNamespace(options.namespace);
  const machine = namespace.addObject({
    organizedBy: addressSpace.rootFolder.objects,
    browseName: 'Machine',
    nodeId: 's=Machine',
    eventSourceOf: addressSpace.rootFolder.objects.server,
    eventNotifier: 1,
  });
  for (const name of options.alarms) {
    const inputNode = namespace.addVariable({ componentOf: machine, browseName: `${name}Input`, dataType: 'Double' });
    const about = { componentOf: machine, conditionSource: machine, browseName: name, nodeId: `s=${name}`, conditionName: name, inputNode };
    alarms.set(name, namespace.instantiateAlarmCondition('AlarmConditionType', about));
  }
}
const raise = (message, severity) =>
  server.engine.addressSpace.rootFolder.objects.server.raiseEvent('BaseEventType', {
    message: { dataType: DataType.LocalizedText, value: { text: message } },
    severity: { dataType: DataType.UInt16, value: severity },
    sourceName: { dataType: DataType.String, value: 'Machine' },
  });

const put = ({ node, kind }, value, status = 0, source = undefined) =>
  node.setValueFromSource(variant(kind, value), statusOf(status), source ? new Date(source) : new Date());
const statusOf = (value) => Object.values(StatusCodes).find((code) => code?.value === value) ?? StatusCodes.Good;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const lines = new Map();
const VERBS = {
  alarm: ({ name, active, message, severity, acked }) => {
    const alarm = alarms.get(name);
    if (acked) alarm.currentBranch().setAckedState(true);
    else if (active) alarm.activateAlarm();
    else alarm.deactivateAlarm(false);
    alarm.raiseNewCondition({ ...(message !== undefined && { message }), severity, retain: active });
  },
  event: async ({ message, severity, count }) => {
    for (let i = 0; i < count; i++) {
      raise(count === 1 ? message : `${message} ${i}`, severity);
      if (i % 500 === 499) await sleep(20);
    }
  },
  /** Says of every write of the tag `name` what it was, with the value that the tag `beside` had then. */
  watch: ({ name, beside = name }) => {
    const [watched, other] = [nodes.get(name), nodes.get(beside)];
    watched.node.on('value_changed', ({ value }) => {
      const with_ = toJson(other.kind, other.node.readValue().value.value);
      say({ said: 'written', name, value: toJson(watched.kind, value.value), beside: with_, at: Date.now() });
    });
  },
  /** The program of a PLC: counts `count` parts up from `first`, one each `every` ms, and raises the trigger for each. */
  offer: ({ counter, trigger, first, count, every }) => {
    const run = { on: true };
    lines.set(trigger, run);
    (async () => {
      let due = performance.now();
      for (let number = first; number < first + count && run.on; number++) {
        put(nodes.get(counter), number);
        say({ said: 'offered', name: trigger, value: number, at: Date.now() });
        put(nodes.get(trigger), true);
        await sleep(every / 2);
        put(nodes.get(trigger), false);
        due += every;
        await sleep(Math.max(every / 4, due - performance.now()));
      }
      if (run.on) say({ said: 'done', name: trigger, value: first + count - 1, at: Date.now() });
    })();
  },
  halt: ({ trigger }) => {
    lines.get(trigger).on = false;
  },
  set: ({ values, status, source }) => {
    for (const [name, value] of Object.entries(values)) put(nodes.get(name), value, status, source);
  },
  get: ({ name }) => toJson(nodes.get(name).kind, nodes.get(name).node.readValue().value.value),
  fault: (command) => void Object.assign(faults, command.faults),
  expire: () => {
    for (const session of Object.values(server.engine._sessions)) server.engine.closeSession(session.authenticationToken, true, 'Timeout');
  },
  skip: ({ count }) => {
    for (const session of Object.values(server.engine._sessions))
      for (const subscription of session.publishEngine.subscriptions)
        for (let i = 0; i < count; i++) subscription._sequence_number_generator.next();
  },
  sessions: () => server.engine.currentSessionCount,
  pulse: async ({ name, count, every }) => {
    const at = [];
    for (let k = 0; k < count; k++) {
      await sleep(every);
      at.push(performance.timeOrigin + performance.now());
      put(nodes.get(name), k + 1);
    }
    return at;
  },
  wave: async ({ prefix, count, hz, rounds }) => {
    let due = performance.now();
    for (let k = 0; k < rounds; k++) {
      for (let tag = 0; tag < count; tag++) put(nodes.get(`${prefix}${tag}`), k + 1);
      due += 1000 / hz;
      await sleep(Math.max(0, due - performance.now()));
    }
  },
};

await server.start();
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
say({ ready: true });
createInterface({ input: process.stdin }).on('line', async (line) => {
  const command = JSON.parse(line);
  try {
    say({ id: command.id, value: (await VERBS[command.do](command)) ?? null });
  } catch (thrown) {
    say({ id: command.id, error: String(thrown) });
  }
});
process.stdin.on('end', () => process.exit(0));
