/** One session with one server, from the first packet to the last. Never repaired: what fails is closed and thrown away. */
import type {
  ClientSession,
  ClientSessionPublishService,
  ClientSessionRawSubscriptionService,
  EndpointDescription,
  UserIdentityInfo,
} from 'node-opcua-client';
import type { OpcuaServerConfig } from '../../config/schema.ts';
import type { Log } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import type { Clock } from '../../time.ts';
import { ClientConnection, type ConnectionOptions } from './connection.ts';
import { type TrustedEndpoint, trustedEndpoint } from './endpoint.ts';
import { closedChannel, type Own, sessionFault } from './faults.ts';
import { type Identity, idleIdentity, loadIdentity, ownCertificateFile } from './identity.ts';
import { type Library, loadLibrary } from './library.ts';
import { type Limits, readLimits } from './limits.ts';
import { within } from './within.ts';

export interface OpcuaEnvironment {
  /** Folder of the agent's certificate and of those it trusts. */
  readonly pki: string;
  readonly clock: Clock;
  /** Part of the agent's certificate and of its application URI. Default: lineside. */
  readonly applicationName?: string;
  /** A look only (`check`): never makes a key or a certificate. */
  readonly readOnly?: boolean;
  /** Whether stations go by the source times of this server, so that its clock matters. Default: yes. */
  readonly bySourceTime?: () => boolean;
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
  /** What the server says it is: manufacturer and product. '' where it does not say. */
  readonly product: string;
  /** The server asks for the user's password in the clear. */
  readonly readable: boolean;
  /** When the certificates of a secured channel end, ms since the epoch, by `own` and the server's name. */
  readonly validTo: Readonly<Record<string, number>>;
  /** Whether an answer was larger than a message may be; the session is lost then. */
  tooLarge(): boolean;
  /** A service call, capped at `silence`: no answer is OPCUA_SILENT, a failed one OPCUA_UNREACHABLE or OPCUA_REFUSED. */
  call<T>(work: Promise<T>): Promise<T>;
  /** Calls back once when the connection or the session is gone. */
  onLost(lost: (fault: LinesideError) => void): void;
  /** Never throws, settles within 1.5 s. */
  close(): Promise<void>;
}

/** Throws what sessionFault() and within() make of it, OPCUA_UNTRUSTED, or the signal's reason; nothing is left open then. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { server, config, env, log, signal } = options;
  const ua = await loadLibrary(log);
  const opening = await open(ua, options);
  const { call, connection } = opening;
  try {
    const client = (await call(connection.client.createSession(userOf(ua, config)))) as Services;
    const namespaces = await call(client.readNamespaceArray());
    const { limits, product } = await call(readLimits(ua, client));
    signal.throwIfAborted();
    const onLost = (lost: (fault: LinesideError) => void) => {
      connection.onLost((why) => lost(sessionFault(server, why)));
      client.once('session_closed', () => lost(sessionFault(server, 'the server closed the session')));
    };
    const close = () => {
      client.removeAllListeners('session_closed');
      return connection.close();
    };
    const { validTo, readable } = opening;
    const tooLarge = () => connection.tooLarge;
    return { tooLarge, ua, server, clock: env.clock, client, namespaces, limits, product, validTo, readable, call, onLost, close };
  } catch (thrown) {
    await connection.close();
    throw thrown;
  }
}

interface Opening extends Pick<Session, 'call' | 'validTo' | 'readable'> {
  readonly connection: ClientConnection;
}

/** The channel, secured as the config says. */
async function open(ua: Library, options: SessionOptions): Promise<Opening> {
  const { server, config, env, signal } = options;
  const { pki: pkiFolder, clock, readOnly = false, applicationName = 'lineside' } = env;
  const identity = { pkiFolder, applicationName, clock, readOnly };
  const common = (own: Identity): ConnectionOptions => ({ clock, identity: own, applicationName, patience: config.silence });
  if (config.security.mode === 'None') {
    const call = caller(options);
    const connection = await connected(ua, common(await idleIdentity(ua, identity)), config.endpoint, call);
    return { connection, call, validTo: {}, readable: false };
  }
  // A look only has to find an unknown server before it complains of a key that is not there yet: whom to trust is the first question.
  const first = await (readOnly ? idleIdentity : loadIdentity)(ua, identity);
  const trusted = await discover(ua, options, common(first));
  signal.throwIfAborted();
  const loaded = readOnly ? await loadIdentity(ua, identity) : first;
  const own: Own = { certificate: ownCertificateFile(pkiFolder), thumbprint: loaded.thumbprint };
  const call = caller(options, own);
  const connection = await connected(ua, { ...common(loaded), security: secured(ua, config, trusted) }, config.endpoint, call, own);
  const validTo = { own: loaded.validTo, [server]: trusted.summary.validTo };
  return { connection, call, validTo, readable: config.user !== undefined && trusted.clearPassword };
}

/** `own`: the channel is secured, and a server that does not trust us closes it without saying why. */
async function connected(
  ua: Library,
  options: ConnectionOptions,
  endpoint: string,
  call: Session['call'],
  own?: Own,
): Promise<ClientConnection> {
  const connection = new ClientConnection(ua, options);
  try {
    await call(connection.client.connect(endpoint));
    return connection;
  } catch (thrown) {
    await connection.close();
    const refused = own !== undefined && connection.acknowledged && thrown instanceof LinesideError;
    throw refused ? closedChannel(String(thrown.details['server']), thrown, own) : thrown;
  }
}

/** What a server offers, best first as far as this agent speaks it; asked in the clear, so it is a hint and no proof. */
export type Offer = OpcuaServerConfig['security'];

/** In this order: encrypted with what most servers speak, encrypted, signed, and in the clear. */
const OFFERS: readonly Offer[] = [
  { mode: 'SignAndEncrypt', policy: 'Basic256Sha256' },
  { mode: 'SignAndEncrypt', policy: 'Aes256_Sha256_RsaPss' },
  { mode: 'Sign', policy: 'Basic256Sha256' },
  { mode: 'Sign', policy: 'Aes256_Sha256_RsaPss' },
  { mode: 'None', policy: 'None' },
];

/** Throws as openSession does where the server does not answer. */
export async function offersOf(options: SessionOptions): Promise<readonly Offer[]> {
  const { env, config, log } = options;
  const ua = await loadLibrary(log);
  const { pki: pkiFolder, clock, applicationName = 'lineside' } = env;
  const identity = await idleIdentity(ua, { pkiFolder, applicationName, clock });
  const endpoints = await endpointsOf(ua, options, { clock, identity, applicationName, patience: config.silence });
  return OFFERS.filter(({ mode, policy }) =>
    endpoints.some((one) => one.securityMode === ua.MessageSecurityMode[mode] && one.securityPolicyUri === ua.SecurityPolicy[policy]),
  );
}

/** The endpoints come over a connection of their own without security, hence nothing but the certificate to look up is taken from them. */
async function discover(ua: Library, options: SessionOptions, common: ConnectionOptions): Promise<TrustedEndpoint> {
  const { server, config, env } = options;
  const endpoints = await endpointsOf(ua, options, common);
  return trustedEndpoint(ua, { server, pki: env.pki, security: config.security, endpoints });
}

async function endpointsOf(ua: Library, options: SessionOptions, common: ConnectionOptions): Promise<readonly EndpointDescription[]> {
  const { endpoint } = options.config;
  const call = caller(options);
  const connection = await connected(ua, common, endpoint, call);
  try {
    return await call(connection.client.getEndpoints({ endpointUrl: endpoint }));
  } finally {
    await connection.close();
  }
}

function caller({ server, config, env, signal }: SessionOptions, own?: Own): Session['call'] {
  const fault = () => new LinesideError('OPCUA_SILENT', { server, seconds: config.silence / 1000 });
  return async (work) => {
    try {
      return await within(work, { clock: env.clock, ms: config.silence, signal, fault });
    } catch (thrown) {
      throw signal.aborted ? signal.reason : sessionFault(server, thrown, own);
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
    : { type: ua.UserTokenType.UserName, userName: user.name, password: user.password.reveal() };
