// What every peer program shares: the port the lab gives, and the keep-alive time that AWS asks for behind an Application Load Balancer (its idle
// timeout is 60 s). The shutdown is each peer's own business.
export const PORT = Number(process.env.PORT ?? 3000);
export const KEEP_ALIVE_MS = 65_000;
