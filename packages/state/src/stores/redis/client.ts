/** A client of the user's: ioredis and iovalkey (alone, with Sentinel, Cluster), or node-redis (alone, pool, Cluster). As much of them as is used. */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedisCluster;

export interface IoredisClient {
  callBuffer(command: string, ...args: (Argument | number)[]): Promise<unknown>;
  call(command: string, ...args: string[]): Promise<unknown>;
  readonly options: object;
  /** Of the connection, while there is one. */
  readonly stream?: unknown;
}

export interface IoredisCluster extends IoredisClient {
  nodes(role: 'master'): IoredisClient[];
}

export interface NodeRedisClient {
  readonly isOpen: boolean;
  sendCommand(args: Argument[], options?: CommandOptions): Promise<unknown>;
}

export interface NodeRedisCluster {
  readonly masters: readonly { readonly address: string }[];
  sendCommand(firstKey: string, isReadonly: boolean, args: Argument[], options?: CommandOptions): Promise<unknown>;
  // What a node is made of is the client's own affair: it is handed back as it came.
  nodeClient(node: never): Promise<NodeRedisClient>;
}

export type Argument = string | Buffer;

/** 36 is the `$` of the protocol: bulk strings come as they are. */
export interface CommandOptions {
  readonly typeMapping?: { readonly 36: BufferConstructor };
}
