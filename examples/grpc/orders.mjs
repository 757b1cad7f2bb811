/** Stands for the code that a tool makes of your .proto file. Messages are JSON here. */
export const ordersService = {
  get: {
    path: '/shop.Orders/Get',
    requestStream: false,
    responseStream: false,
    requestSerialize: toBytes,
    requestDeserialize: fromBytes,
    responseSerialize: toBytes,
    responseDeserialize: fromBytes,
  },
};

function toBytes(message) {
  return Buffer.from(JSON.stringify(message));
}

function fromBytes(bytes) {
  return JSON.parse(bytes.toString());
}
