import { describePublisher } from '../contracts/publisher.ts';
import { startBroker } from '../simulators/broker.ts';
import { startSubscriber } from '../simulators/subscriber.ts';
import { publisherFor } from './harness.ts';

for (const version of ['5', '3.1.1'])
  describePublisher(`mqtt ${version}`, async () => {
    const broker = await startBroker({ persistence: true });
    const scada = await startSubscriber(broker.url);
    const ids = () => scada.received.filter(({ topic }) => topic.endsWith('/quality')).map(({ payload }) => String(payload['id']));
    return {
      publisher: publisherFor({ url: broker.url, version }),
      received: ids,
      until: scada.until,
      leave: broker.stop,
      comeBack: broker.start,
      close: async () => {
        await scada.close();
        await broker.close();
      },
    };
  });
