import { z } from 'zod';
import { connectorSection, picsSection, redisSection, storeSection } from './database-section.ts';
import { connectSection, kafkaSection, registrySection } from './kafka-section.ts';
import {
  deletedReviews,
  externalIdVendor,
  httpSection,
  lagSection,
  logSection,
  nearRealTime,
  outboundSection,
} from './running-section.ts';

/** Everything but the vendors: a fault here stops the program, a vendor's fault only that vendor. */
export const commonSchema = z.strictObject({
  nearRealTime,
  externalIdVendor,
  deletedReviews,
  kafka: kafkaSection.prefault({}),
  registry: registrySection.prefault({}),
  connect: connectSection.prefault({}),
  // Parsed like an empty section when it is absent, so that the missing password is told.
  pics: picsSection.prefault({} as z.input<typeof picsSection>),
  connector: connectorSection.prefault({}),
  store: storeSection.prefault({}),
  redis: redisSection.prefault({}),
  outbound: outboundSection.prefault({}),
  http: httpSection.prefault({}),
  lag: lagSection.prefault({}),
  log: logSection.prefault({}),
});

export type CommonSettings = z.output<typeof commonSchema>;
