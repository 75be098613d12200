import type { Command } from 'commander';

/** What every verb takes that talks to registries. */
export function withRegistryOptions(command: Command): Command {
  return command
    .option('--ca <file>', "PEM of the authority behind the registries' certificates")
    .option('--authfile <file>', 'logins from this file instead of those of Docker and Podman')
    .option('--plain-http', 'http, for registries on this machine only')
    .option('--json', 'the result as JSON');
}
