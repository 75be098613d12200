export { createControlPlane, type ControlPlane } from './create-control-plane.ts';
export { type Database, openDatabase } from './database/open-database.ts';
export { hashToken, newToken } from './tokens.ts';
