import * as z from 'zod';

const part = z.string().regex(/^[a-z0-9]{1,20}$/);

/** `linux/amd64`, as OCI images spell a platform without its variant. Terraform writes the same as `linux_amd64`. */
export const platformNameSchema = z.templateLiteral([part, '/', part], 'expected os/architecture, such as linux/amd64');
