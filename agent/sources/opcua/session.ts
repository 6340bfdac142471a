/** One session with one server, from the first packet to the last. Never repaired: what fails is closed and thrown away. */
import type { ClientSession, ClientSessionPublishService, ClientSessionRawSubscriptionService, UserIdentityInfo } from 'node-opcua-client';
import type { OpcuaServerConfig } from '../../config/schema.ts';
import type { Log } from '../../contracts.ts';
import { LinesideError } from '../../errors.ts';
import type { Clock } from '../../time.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { type TrustedEndpoint, trustedEndpoint } from './endpoint.ts';
import { sessionFault } from './faults.ts';
import { idleIdentity, loadIdentity } from './identity.ts';
import { type Library, loadLibrary } from './library.ts';
import { type Limits, readLimits } from './limits.ts';
import { within } from './within.ts';

export interface OpcuaEnvironment {
  /** Folder of the agent's certificate and of those it trusts. */
  readonly pki: string;
  readonly clock: Clock;
  /** Part of the agent's certificate and of its application URI. Default: lineside. */
  readonly applicationName?: string;
}

export interface SessionOptions {
  readonly server: string;
  readonly config: Omit<OpcuaServerConfig, 'tags'>;
  readonly env: OpcuaEnvironment;
  readonly log: Log;
  /** Ends the opening and every call. */
  readonly signal: AbortSignal;
}

/** node-opcua's session with the services that it uses itself and documents as advanced. */
type Services = ClientSession & ClientSessionRawSubscriptionService & ClientSessionPublishService;

export interface Session {
  readonly ua: Library;
  readonly server: string;
  readonly clock: Clock;
  readonly client: Services;
  readonly namespaces: readonly string[];
  readonly limits: Limits;
  /** When the certificates of a secured channel end, ms since the epoch, by `own` and the server's name. */
  readonly validTo: Readonly<Record<string, number>>;
  /** A service call, capped at `silence`: no answer is OPCUA_SILENT, a failed one OPCUA_UNREACHABLE or OPCUA_REFUSED. */
  call<T>(work: Promise<T>): Promise<T>;
  /** Calls back once when the connection or the session is gone. */
  onLost(lost: (fault: LinesideError) => void): void;
  /** Never throws, settles within 1.5 s. */
  close(): Promise<void>;
}

/** Throws OPCUA_UNREACHABLE, OPCUA_REFUSED, OPCUA_UNTRUSTED, OPCUA_SILENT or the signal's reason; nothing is left open then. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { server, config, env, log, signal } = options;
  const ua = await loadLibrary(log);
  const call = caller(options);
  const applicationName = env.applicationName ?? 'lineside';
  const identityOf = config.security.mode === 'None' ? idleIdentity : loadIdentity;
  const identity = await identityOf(ua, { pkiFolder: env.pki, applicationName, clock: env.clock });
  const common: ConnectionOptions = { clock: env.clock, identity, applicationName, patience: config.silence };
  const trusted = config.security.mode === 'None' ? null : await discover(ua, options, common, call);
  signal.throwIfAborted();
  const connection = new Connection(ua, { ...common, ...(trusted && { security: secured(ua, config, trusted) }) });
  try {
    await call(connection.client.connect(config.endpoint));
    const client = (await call(connection.client.createSession(userOf(ua, config)))) as Services;
    const namespaces = await call(client.readNamespaceArray());
    const limits = await call(readLimits(ua, client));
    const validTo = trusted ? { own: identity.validTo, [server]: trusted.summary.validTo } : {};
    const onLost = (lost: (fault: LinesideError) => void) => {
      connection.onLost((why) => lost(sessionFault(server, why)));
      client.once('session_closed', () => lost(sessionFault(server, 'the server closed the session')));
    };
    const close = () => {
      client.removeAllListeners('session_closed');
      return connection.close();
    };
    return { ...{ ua, server, clock: env.clock, client, namespaces, limits, validTo }, call, onLost, close };
  } catch (thrown) {
    await connection.close();
    throw thrown;
  }
}

/** The endpoints come over a connection of their own without security, hence nothing but the certificate to look up is taken from them. */
async function discover(ua: Library, options: SessionOptions, common: ConnectionOptions, call: Session['call']): Promise<TrustedEndpoint> {
  const { server, config, env } = options;
  const connection = new Connection(ua, common);
  try {
    await call(connection.client.connect(config.endpoint));
    const endpoints = await call(connection.client.getEndpoints({ endpointUrl: config.endpoint }));
    return await trustedEndpoint(ua, { server, pki: env.pki, security: config.security, endpoints });
  } finally {
    await connection.close();
  }
}

function caller({ server, config, env, signal }: SessionOptions): Session['call'] {
  const fault = () => new LinesideError('OPCUA_SILENT', { server, seconds: config.silence / 1000 });
  return async (work) => {
    try {
      return await within(work, { clock: env.clock, ms: config.silence, signal, fault });
    } catch (thrown) {
      throw signal.aborted ? signal.reason : sessionFault(server, thrown);
    }
  };
}

const secured = (ua: Library, { security }: SessionOptions['config'], { certificate }: TrustedEndpoint) => ({
  securityMode: ua.MessageSecurityMode[security.mode],
  securityPolicy: ua.SecurityPolicy[security.policy],
  serverCertificate: certificate,
});

const userOf = (ua: Library, { user }: SessionOptions['config']): UserIdentityInfo =>
  user === undefined
    ? { type: ua.UserTokenType.Anonymous }
    : { type: ua.UserTokenType.UserName, userName: user.name, password: user.password };
