/** The environment that a task starts from: that of whoever started us. */
export function inheritedEnv(): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) inherited[name] = value;
  return inherited;
}

/** The same without what says where AWS is and who asks: for what is to find a local AWS. */
export function environmentWithoutAws(): Record<string, string> {
  return Object.fromEntries(Object.entries(inheritedEnv()).filter(([name]) => !/^(?:AWS_|ECS_|SPOTPROOF_CLOUD_)/.test(name)));
}
