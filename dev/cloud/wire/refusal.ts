import { randomUUID } from 'node:crypto';
import { type CloudResponse, jsonResponse, xmlResponse } from './request.ts';

/** How a service speaks, and so how it says no. */
export type Dialect = 's3' | 'ec2' | 'query' | 'json' | 'rest-json';

/** A call that is answered with an AWS error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function accessDenied(message: string): Refusal {
  return new Refusal(403, 'AccessDenied', message);
}

export function encodeRefusal(refusal: Refusal, dialect: Dialect): CloudResponse {
  const id = randomUUID();
  const code = codeIn(refusal.code, dialect);
  const message = escapeXml(refusal.message);
  switch (dialect) {
    case 's3':
      return xmlResponse(
        `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${id}</RequestId></Error>`,
        refusal.status,
      );
    case 'ec2':
      return xmlResponse(
        `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>${id}</RequestID></Response>`,
        refusal.status,
      );
    case 'query':
      return xmlResponse(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${id}</RequestId></ErrorResponse>`,
        refusal.status,
      );
    default:
      return jsonResponse({ __type: code, message: refusal.message, Message: refusal.message }, refusal.status, {
        'x-amzn-errortype': code,
        'x-amzn-requestid': id,
      });
  }
}

/** The same fault has another name in each dialect. */
function codeIn(code: string, dialect: Dialect): string {
  const names: Record<string, Partial<Record<Dialect, string>>> = {
    AccessDenied: { ec2: 'UnauthorizedOperation', json: 'AccessDeniedException', 'rest-json': 'AccessDeniedException' },
    InvalidClientTokenId: {
      s3: 'InvalidAccessKeyId',
      ec2: 'AuthFailure',
      json: 'UnrecognizedClientException',
      'rest-json': 'UnrecognizedClientException',
    },
    ExpiredToken: { ec2: 'RequestExpired', json: 'ExpiredTokenException', 'rest-json': 'ExpiredTokenException' },
    SignatureDoesNotMatch: { json: 'InvalidSignatureException', 'rest-json': 'InvalidSignatureException' },
    MissingAuthenticationToken: {
      s3: 'AccessDenied',
      json: 'MissingAuthenticationTokenException',
      'rest-json': 'MissingAuthenticationTokenException',
    },
  };
  return names[code]?.[dialect] ?? code;
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
