/** The worker thread that turns pictures into network inputs. Entry point of the thread. */
import { messageOf } from '../errors.ts';
import { failed } from './faults.ts';
import { type Cut, Kernel } from './kernel.ts';
import { type Served, serve } from './thread.ts';

/** `pixels` is a picture in shared memory. */
export interface PixelsOrder extends Cut {
  /** For faults. */
  readonly model: string;
}

let opened: Promise<Kernel> | undefined;

serve({ load, prepare });

function kernel(): Promise<Kernel> {
  opened ??= Kernel.open();
  return opened;
}

/** So that the first part does not wait for it. */
async function load(): Promise<Served> {
  await kernel();
  return { value: null };
}

async function prepare({ model, ...cut }: PixelsOrder): Promise<Served> {
  const ready = await kernel();
  try {
    const prepared = ready.prepare(cut);
    return { value: prepared, transfer: [prepared.buffer] };
  } catch (thrown) {
    throw failed(model, `the picture could not be prepared (${messageOf(thrown)})`);
  }
}
