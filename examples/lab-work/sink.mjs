/** Stands for what your service works on: a payment provider, a mailer, a warehouse. `spotproof lab --work` gives each task its address. */
export function openSink(address = process.env.SPOTPROOF_SINK) {
  const post = async (door, document, headers = {}) => {
    if (address === undefined) return;
    const response = await fetch(`${address}/${door}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(document),
    });
    if (!response.ok) throw new Error(`the sink answered ${response.status}: ${await response.text()}`);
  };
  return {
    /** This work is accepted: it must be done, once. */
    expect: (...work) => post('expected', { work }),
    /** Does it. Under the same key it is done once, however often it is asked for. */
    effect: (work, idempotencyKey) => post('effects', { work }, idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}
