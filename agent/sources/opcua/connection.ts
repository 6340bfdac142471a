/** One node-opcua client and its TCP connection: never reconnecting, always closed in bounded time, whatever the server does. */
import type { ClientSecureChannelLayer, OPCUAClient, OPCUAClientOptions } from 'node-opcua-client';
import { LinesideError } from '../../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../../time.ts';
import type { Identity } from './identity.ts';
import type { Library } from './library.ts';
import { TRANSPORT, transports } from './transport.ts';
import { within } from './within.ts';

/** Together under the two seconds in which a life has to end. */
const ORDERLY: Milliseconds = Seconds(1);
const FORCED: Milliseconds = 500;
/** A lost session of ours is never come back to, and holds one of the few places of a small PLC until it times out. */
const sessionTimeout = (patience: Milliseconds): Milliseconds => Math.max(Seconds(10), patience * 3);

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly applicationName: string;
  /** Cap of the transport and of every request. */
  readonly patience: Milliseconds;
  readonly security?: Pick<OPCUAClientOptions, 'securityMode' | 'securityPolicy' | 'serverCertificate'>;
}

export class ClientConnection {
  readonly client: OPCUAClient;
  /** An OPC UA server answered at this address; what fails afterwards is about the channel, not the network. */
  acknowledged = false;
  /** It ended, or is about to, since an answer was larger than a message may be. */
  tooLarge = false;
  private readonly clock: Clock;
  private channel: ClientSecureChannelLayer | null = null;
  private closing = false;
  private drops: (() => void)[] = [];

  constructor(ua: Library, { clock, identity, applicationName, patience, security = {} }: ConnectionOptions) {
    this.clock = clock;
    const chain = [identity.certificate];
    this.client = ua.OPCUAClient.create({
      ...security,
      applicationName,
      applicationUri: identity.applicationUri,
      clientName: applicationName,
      certificateKeyPairProvider: {
        getCertificate: () => identity.certificate,
        getCertificateChain: () => chain,
        getPrivateKey: () => ua.crypto_utils.coercePEMorDerToPrivateKey(identity.privateKey),
      },
      // The library's own reconnection never gets data again from a restarted asyncua or CoDeSys server; agent/runtime/runner.ts starts anew instead.
      connectionStrategy: { maxRetry: 0 },
      // A server behind an address translation names an endpoint that nobody can reach; the one in the config counts.
      endpointMustExist: false,
      requestedSessionTimeout: sessionTimeout(patience),
      defaultTransactionTimeout: patience,
      transportTimeout: patience * 2,
      transportSettings: TRANSPORT,
      transportFactory: transports(ua, {
        created: (drop) => void this.drops.push(drop),
        unwanted: () => this.closing,
        acknowledged: () => {
          this.acknowledged = true;
        },
        tooLarge: () => {
          this.tooLarge = true;
        },
      }),
    });
    this.client.on('secure_channel_created', (channel) => {
      this.channel = channel;
    });
  }

  /** Calls back once when the connection is gone, unless it was closed from here. */
  onLost(lost: (why: string) => void): void {
    this.client.once('close', (fault) => lost(fault?.message ?? 'closed by the server'));
  }

  /** Sessions first; by force where the server does not answer. Never throws, settles within 1.5 s. */
  async close(): Promise<void> {
    this.closing = true;
    this.client.removeAllListeners('close');
    const cap = (ms: Milliseconds) => ({ clock: this.clock, ms, fault: () => new LinesideError('TIMEOUT', { what: 'disconnecting', ms }) });
    const closed = this.client.disconnect();
    try {
      await within(closed, cap(ORDERLY));
    } catch {
      this.channel?.forceConnectionBreak();
      this.channel?.abortConnection(() => {});
      // One that was still being opened belongs to no channel yet.
      for (const drop of this.drops.splice(0)) drop();
      await within(closed, cap(FORCED)).catch(() => {});
    }
  }
}
