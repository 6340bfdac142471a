/** HTTP requests to one camera: one socket, kept; credentials from the address, answered in the way the camera asks for. */
import { randomBytes } from 'node:crypto';
import { Agent as HttpAgent, type IncomingMessage, request as overHttp } from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';
import { asLinesideError, LinesideError } from '../../errors.ts';
import { splitCredentials } from './address.ts';
import { authorize } from './authorize.ts';

export class Connection {
  private readonly camera: string;
  private readonly url: URL;
  private readonly credentials: { readonly user: string; readonly password: string };
  private readonly agent: HttpAgent | HttpsAgent;
  private challenge: string | undefined;
  private answers = 0;

  /** Throws CAMERA_UNREACHABLE when the address is none. */
  constructor(camera: string, address: string, insecure: boolean) {
    const { host, ...credentials } = splitCredentials(address);
    if (!URL.canParse(host)) throw new LinesideError('CAMERA_UNREACHABLE', { camera, why: `${host} is no address` });
    this.camera = camera;
    this.url = new URL(host);
    this.credentials = credentials;
    const keep = { keepAlive: true, maxSockets: 1 };
    this.agent = this.url.protocol === 'https:' ? new HttpsAgent({ ...keep, rejectUnauthorized: !insecure }) : new HttpAgent(keep);
  }

  /** The answer, its body unread. Throws CAMERA_UNREACHABLE when there is none, or one that is not a 200. */
  async get(signal: AbortSignal): Promise<IncomingMessage> {
    const response = await this.ask(signal);
    if (response.statusCode === 200) return response;
    response.resume();
    const challenge = response.headers['www-authenticate'];
    // A challenge that differs is new: the camera restarted, or lets its nonces grow old.
    if (response.statusCode === 401 && challenge !== undefined && challenge !== this.challenge && this.credentials.user !== '') {
      this.challenge = challenge;
      this.answers = 0;
      return this.get(signal);
    }
    throw new LinesideError('CAMERA_UNREACHABLE', {
      camera: this.camera,
      why: `it answers ${response.statusCode} ${response.statusMessage}`,
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private ask(signal: AbortSignal): Promise<IncomingMessage> {
    const { agent, camera, url } = this;
    const request = url.protocol === 'https:' ? overHttps : overHttp;
    return new Promise((resolve, reject) => {
      request(url, { agent, signal, headers: this.authorization() }, resolve)
        .once('error', (thrown) => reject(asLinesideError(thrown, 'CAMERA_UNREACHABLE', { camera })))
        .end();
    });
  }

  private authorization(): Record<string, string> {
    if (this.challenge === undefined) return {};
    const request = {
      method: 'GET',
      uri: this.url.pathname + this.url.search,
      cnonce: randomBytes(8).toString('hex'),
      count: ++this.answers,
    };
    const header = authorize(this.challenge, this.credentials, request);
    return header === undefined ? {} : { authorization: header };
  }
}
