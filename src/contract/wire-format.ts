const magicByte = 0;
const headBytes = 5;

export type WireParts = { readonly schemaId: number; readonly body: Buffer };

/** Splits a record into its schema's id and its Avro body. Null when it is not in the registry's wire format. */
export function splitWireFormat(bytes: Buffer): WireParts | null {
  if (bytes.length <= headBytes || bytes[0] !== magicByte) return null;
  return { schemaId: bytes.readUInt32BE(1), body: bytes.subarray(headBytes) };
}

export function toWireFormat(schemaId: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + body.length);
  bytes[0] = magicByte;
  bytes.writeUInt32BE(schemaId, 1);
  body.copy(bytes, headBytes);
  return bytes;
}
