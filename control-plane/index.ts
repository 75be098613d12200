export { createControlPlane, type ControlPlane, type ControlPlaneOptions } from './create-control-plane.ts';
export { type Database, type DatabasePlace, openDatabase } from './database/open-database.ts';
export { hashToken, newToken } from './tokens.ts';
