import { describeBroker } from '../../contracts/broker.ts';
import { createMemoryBroker } from './memory-broker.ts';

describeBroker('the memory broker', async () => {
  const broker = createMemoryBroker();
  return {
    broker,
    unique: (what) => what,
    trim: async (topic, partition, low) => broker.faults.trim(topic, partition, low),
    close: async () => {},
  };
});
