/**
 * mqtt.js copies every packet that is under way, to send it again after a reconnect. No connection of ours lives to see one, and what has
 * not been acknowledged is in the outbox: this store keeps nothing.
 */
import type { IStore, Packet } from 'mqtt';

export class KeepsNothing implements IStore {
  private readonly empty: IStore;

  /** `empty` gives the stream of packets that are to be sent again: none. */
  constructor(empty: IStore) {
    this.empty = empty;
  }

  put(_: Packet, done?: () => void): this {
    done?.();
    return this;
  }

  del(_: Pick<Packet, 'messageId'>, done?: () => void): this {
    done?.();
    return this;
  }

  get(packet: Pick<Packet, 'messageId'>, done: Parameters<IStore['get']>[1]): this {
    this.empty.get(packet, done);
    return this;
  }

  createStream(): ReturnType<IStore['createStream']> {
    return this.empty.createStream();
  }

  close(done: () => void): void {
    this.empty.close(done);
  }
}
