/** What puts a lost slot right. Applying the connector again does not: it would go on from a place that is gone. */
export const slotLostAdvice =
  'Stop the connector in Kafka Connect, drop the slot, delete the connector\'s offsets, "connector resume", then "onefile pull": see "Slot lost" in docs/runbook.md.';
