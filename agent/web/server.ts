/**
 * The one HTTP server: /healthz, /readyz, /metrics, and the API of the page. On this box in the clear; beyond it over TLS, once a password is
 * set, and in the clear only for probes that the config names.
 */
import type { Server as PlainServer } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { hostname } from 'node:os';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import fastify, {
  type FastifyHttpsOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import type { Health, Log } from '../contracts/index.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { packageRoot } from '../platform/package-root.ts';
import { Seconds } from '../time.ts';
import { listenAddress, namesUs, ownNames } from './address.ts';
import { Connections } from './connections.ts';
import { givenIdentity, type Identity, ownAddresses, ownIdentity } from './doors/certificate.ts';
import { alsoInTheClear } from './doors/front.ts';
import { isLocalHost, isLoopback, membersOf } from './doors/networks.ts';
import { createMetrics } from './metrics.ts';
import { addPageFiles, asksForView, sendView } from './page-files.ts';
import type { PagePorts, WebSource } from './ports.ts';
import { answerFault, sendProblem } from './problems.ts';

export type { ChangesPort, ConfigPort, LivePort, PageAct, PagePorts, WebSource } from './ports.ts';

export interface WebServer {
  readonly address: string;
  /** Wall time at which the certificate ends; null where there is none. */
  readonly certificateEnds: number | null;
  /** Nobody can sign in yet, so that beyond this box there are only the probes. */
  readonly lacksPassword: boolean;
  stop(): Promise<void>;
}

export interface WebOptions {
  /** host:port, an IPv6 address in brackets; port 0 takes a free one. */
  readonly listen: string;
  /** Further names of this box, which a Host header may have. */
  readonly hosts: readonly string[];
  /** A certificate and its key, files; default: the agent's own. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Addresses and networks that may probe without signing in and without TLS, beside this box. */
  readonly probes?: readonly string[];
  /** Requests a minute to the API that one address may make. */
  readonly rate?: number;
}

/** At once, for people, probes and scrapers together. */
const MOST_CONNECTIONS = 64;
/** A request has to be there within this time of the connection; a silent one is ended, and so is a client that reads nothing. */
const REQUEST_WITHIN = Seconds(5);
const SILENT_FOR = Seconds(10);
const LOOK_EVERY = Seconds(1);
/** Bytes. */
const LONGEST_HEAD = 8192;
const LONGEST_BODY = 65_536;
/** A page that shows sixteen pictures twice a second asks for some two thousand. */
const RATE = 6000;

/** Made by scripts/page.ts. */
const PAGE = join(packageRoot, 'dist', 'page');

const HTTP = { headersTimeout: REQUEST_WITHIN, connectionsCheckingInterval: LOOK_EVERY, maxHeaderSize: LONGEST_HEAD } as const;
const PROBES = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * `page`: for the page's API; without it there are only the probes. Rejects with WEB_UNAVAILABLE, WEB_CERTIFICATE, or WEB_NO_PASSWORD where
 * nobody beyond this box could be served yet.
 */
export async function startWeb(options: WebOptions, source: WebSource, log: Log, page?: PagePorts): Promise<WebServer> {
  const { host, port } = listenAddress(options.listen);
  const { identity, lacksPassword } = await entranceFor(options, page);
  const app = build(identity, log);
  const names = ownNames(host, hostname(), options.hosts);
  guard(app, names, membersOf(options.probes ?? []));
  app.setErrorHandler((thrown: Error, _, reply) => answerFault(thrown, reply, log));
  await app.register(helmet, HEADERS);
  const hasPage = page !== undefined && (await addPageFiles(app, PAGE));
  app.setNotFoundHandler((request, reply) =>
    hasPage && asksForView(request)
      ? sendView(reply)
      : sendProblem(reply, new LinesideError('WEB_UNKNOWN', { what: `route ${pathOf(request)}` })),
  );
  addProbes(app, source);
  if (page) {
    const { api } = await import('./api/index.ts');
    await app.register(api, { prefix: '/api/v1', ports: page, source, rate: options.rate ?? RATE });
  }
  try {
    await app.ready();
    const plain = identity && clearOf(app);
    const connections = new Connections(MOST_CONNECTIONS);
    connections.bound(app.server, plain ? [app.server, plain] : [app.server]);
    const address = await app.listen({ host, port });
    log.info({ address, ...(identity ? { fingerprint: identity.fingerprint } : {}) }, 'health and metrics are served');
    return { address, certificateEnds: identity?.validTo ?? null, lacksPassword, stop: () => app.close() };
  } catch (thrown) {
    await app.close();
    throw new LinesideError('WEB_UNAVAILABLE', { listen: options.listen, why: messageOf(thrown) }, { cause: thrown });
  }
}

interface Entrance {
  /** Null: in the clear. */
  readonly identity: Identity | null;
  readonly lacksPassword: boolean;
}

async function entranceFor({ listen, hosts, tls, probes = [] }: WebOptions, page: PagePorts | undefined): Promise<Entrance> {
  const isOurs = !page || isLocalHost(listenAddress(listen).host);
  const lacksPassword = !isOurs && !(page.passwordWasSet() && (await page.access.hasUsers()));
  if (lacksPassword && probes.length === 0) throw new LinesideError('WEB_NO_PASSWORD', { listen });
  if (tls) return { identity: await givenIdentity(tls), lacksPassword };
  if (isOurs || lacksPassword) return { identity: null, lacksPassword };
  const names = [...new Set([hostname(), `${hostname()}.local`, 'localhost', ...hosts])];
  return { identity: await ownIdentity(page.folder, [...names, ...ownAddresses()], page.clock), lacksPassword };
}

function build(identity: Identity | null, log: Log): FastifyInstance {
  const options = {
    bodyLimit: LONGEST_BODY,
    requestTimeout: REQUEST_WITHIN,
    connectionTimeout: SILENT_FOR,
    keepAliveTimeout: REQUEST_WITHIN,
    forceCloseConnections: true,
    logger: false,
    // An address that is none, or too long: before any route.
    frameworkErrors: (thrown: Error, _: unknown, reply: FastifyReply) => void answerFault(thrown, reply, log),
  } as const satisfies FastifyServerOptions;
  if (!identity) return fastify({ ...options, http: HTTP });
  const { cert, key } = identity;
  const https = { ...HTTP, cert, key, minVersion: 'TLSv1.2', handshakeTimeout: REQUEST_WITHIN } as const;
  return fastify({ ...options, https } as FastifyHttpsOptions<TlsServer>) as unknown as FastifyInstance;
}

/** The listener for what comes in the clear to a port that speaks TLS. */
function clearOf(app: FastifyInstance): PlainServer {
  const server = app.server as unknown as TlsServer;
  const plain = alsoInTheClear(server, (request, response) => app.routing(request, response), {
    ...HTTP,
    requestTimeout: REQUEST_WITHIN,
    keepAliveTimeout: REQUEST_WITHIN,
    firstByteWithin: REQUEST_WITHIN,
  });
  plain.setTimeout(SILENT_FOR);
  return plain;
}

/** Nothing from elsewhere, no script but from files of this server, in no frame (CSP level 3). */
const HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'blob:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      workerSrc: ["'self'"],
      manifestSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // With a certificate of the box's own it would keep a browser from ever asking its person again.
  strictTransportSecurity: false,
} as const;

function guard(app: FastifyInstance, names: ReadonlySet<string>, mayProbe: (address: string) => boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!namesUs(request.headers.host, names)) {
      // 421, RFC 9110 15.5.20: this server does not answer for that name.
      const text = 'This box is not known by that name; name it in `web.hosts` of the config if it is.\n';
      return reply.code(421).type('text/plain').send(text);
    }
    const address = request.socket.remoteAddress ?? '';
    if (isLoopback(address)) return;
    if (PROBES.has(pathOf(request))) {
      if (mayProbe(address)) return;
      return sendProblem(reply, new LinesideError('WEB_NOT_ALLOWED', { address }));
    }
    if (!('encrypted' in request.socket)) return sendProblem(reply, new LinesideError('WEB_INSECURE'));
  });
}

const pathOf = ({ url }: FastifyRequest): string => (url.split('?', 1)[0] ?? '').slice(0, 200);

function addProbes(app: FastifyInstance, source: WebSource): void {
  const metrics = createMetrics(source);
  const health = shared((): Promise<Health> => source.health());
  const text = shared(() => metrics.text());
  app.get('/healthz', async () => health());
  app.get('/readyz', async (_, reply) => {
    const waiting = source.notReady();
    return reply.code(waiting.length === 0 ? 200 : 503).send({ ready: waiting.length === 0, waiting });
  });
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await text()));
}

/** However many ask at once, it is worked out once: a scrape asks the journal's thread, which has parts to store. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
}
