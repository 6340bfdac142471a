/** Pictures that cost who decodes them, behind a camera that is good until it is told not to be. */
import { createServer } from 'node:http';
import sharp from 'sharp';

export interface BombCamera {
  readonly url: string;
  arm(on: boolean): void;
  close(): Promise<void>;
}

export async function startBombCamera(): Promise<BombCamera> {
  const good = await noise(false);
  const bombs = [emptyScans(await noise(true)), endlessFilter(), giant(), Buffer.from('no picture at all')];
  let armed = false;
  let sent = 0;
  const server = createServer((_, response) => {
    const body = armed ? (bombs[sent++ % bombs.length] ?? good) : good;
    response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': body.length }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/snapshot.jpg`,
    arm: (on) => {
      armed = on;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const noise = (progressive: boolean): Promise<Buffer> =>
  sharp({ create: { width: 64, height: 64, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 40 } } })
    .jpeg({ progressive })
    .toBuffer();

/** The last scan of a progressive JPEG, 50,000 times: each is read and decoded over the whole picture. */
function emptyScans(picture: Buffer): Buffer {
  const scan = picture.lastIndexOf(Buffer.from([0xff, 0xda]));
  const [head, last] = [picture.subarray(0, scan), picture.subarray(scan, picture.length - 2)];
  return Buffer.concat([head, ...Array.from({ length: 50_000 }, () => last), Buffer.from([0xff, 0xd9])]);
}

/** Filters over a large area, one on the other: seconds to minutes of work in four kilobytes. */
function endlessFilter(): Buffer {
  const filters = Array.from({ length: 40 }, () => '<feGaussianBlur stdDeviation="300"/><feTurbulence numOctaves="50"/>').join('');
  const area = 'width="8000" height="8000"';
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" ${area}><filter id="f">${filters}</filter><rect ${area} filter="url(#f)"/></svg>`,
  );
}

/** A PNG that says it has 16384 x 16384 pixels. */
function giant(): Buffer {
  const header = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const size = Buffer.alloc(13);
  size.writeUInt32BE(16384, 0);
  size.writeUInt32BE(16384, 4);
  size[8] = 8;
  size[9] = 2;
  return Buffer.concat([header, size, Buffer.alloc(64)]);
}
