import type { IncomingMessage, ServerResponse } from 'node:http';

export type Operation =
  | 'blob-get'
  | 'blob-head'
  | 'manifest-get'
  | 'manifest-head'
  | 'manifest-put'
  | 'manifest-delete'
  | 'upload-start'
  | 'upload-chunk'
  | 'upload-status'
  | 'upload-end'
  | 'tags'
  | 'referrers'
  | 'catalogue'
  | 'token'
  | 'ping';

export type FaultRequest = {
  method: string;
  /** With its query. */
  path: string;
  operation: Operation | undefined;
  repository: string;
  reference: string;
  authorization: string | undefined;
  /** First byte of its Range. */
  from: number;
  /** Bytes of its body, as announced. */
  length: number;
};

/** What goes wrong with an answer. Byte counts are of the body. */
export type Fault =
  | { kind: 'cut'; after: number }
  | { kind: 'status'; status: number; retryAfter?: string; code?: string }
  | { kind: 'drip'; bytes: number; everyMs: number }
  | { kind: 'wrong-bytes' }
  | { kind: 'wrong-length'; by: number }
  | { kind: 'truncated'; to: number }
  | { kind: 'endless' }
  | { kind: 'redirect'; to: string }
  /** A Range is not looked at: the whole blob with 200. */
  | { kind: 'range-ignored' }
  /** 206 that begins elsewhere than asked. */
  | { kind: 'range-wrong'; by: number }
  /** The connection is closed before any answer, and the request has no effect. */
  | { kind: 'no-answer' }
  /** The request takes effect, and the connection is closed before any answer. */
  | { kind: 'lost-answer' }
  /** Another answer altogether; `cut`: the connection is closed after it, whatever it announced. */
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: Uint8Array | string; cut?: true }
  /** No answer, and the connection stays. */
  | { kind: 'silent' }
  /** The true answer but for one header. */
  | { kind: 'header'; name: string; value: string }
  /** Every token given so far is refused from this request on. */
  | { kind: 'expire-tokens' }
  /** The request's body is read a piece at a time. */
  | { kind: 'slow-read'; everyMs: number }
  /** The request's body is not read to its end: closed after n bytes. An upload keeps these. */
  | { kind: 'cut-request'; after: number };

export type FaultRule = {
  /** One operation or several; absent: all. */
  on?: Operation | readonly Operation[];
  /** Only for these. */
  when?: (request: FaultRequest) => boolean;
  /** How often it strikes; absent: always. */
  times?: number;
  fault: Fault;
};

export class FaultList {
  #rules: { rule: FaultRule; left: number }[] = [];
  /** How often any fault struck: a test that never met its fault proves nothing. */
  struck = 0;

  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault that this request meets, if any; used up by asking. */
  take(request: FaultRequest): Fault | undefined {
    const found = this.#rules.find(
      ({ rule, left }) =>
        left > 0 &&
        (rule.on === undefined || [rule.on].flat().some((each) => each === request.operation)) &&
        (rule.when === undefined || rule.when(request)),
    );
    if (found === undefined) return undefined;
    found.left--;
    this.struck++;
    return found.rule.fault;
  }
}

/** Answers with the fault alone. False: the fault spoils the true answer's body instead. */
export function answerWithFault(fault: Fault, request: IncomingMessage, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'no-answer':
      request.socket.destroy();
      return true;
    case 'status':
      response
        .writeHead(fault.status, {
          'content-type': 'application/json',
          ...(fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }),
        })
        .end(JSON.stringify({ errors: [{ code: fault.code ?? 'UNAVAILABLE', message: 'planned by a test' }] }));
      request.resume();
      return true;
    case 'answer':
      response.writeHead(fault.status, fault.headers);
      if (fault.cut === true) response.write(fault.body ?? '', () => response.socket?.end());
      else response.end(request.method === 'HEAD' ? undefined : fault.body);
      request.resume();
      return true;
    case 'silent':
      request.resume();
      return true;
    case 'redirect':
      response.writeHead(307, { location: fault.to }).end();
      request.resume();
      return true;
    default:
      return false;
  }
}
