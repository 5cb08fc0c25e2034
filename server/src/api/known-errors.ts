// What is thrown may be anything; what we say of it is ours.
import type { FastifyError } from 'fastify'
import { AppError } from '../domain/errors.ts'
import { isTransient } from '../store/errors.ts'
import type { ApiDeps } from './deps.ts'

/** Everything that is thrown, as something we may tell. */
export function toKnown(
  error: FastifyError | AppError,
  { telemetry, maxBodyBytes }: Pick<ApiDeps, 'telemetry' | 'maxBodyBytes'>,
): AppError {
  if (error instanceof AppError) return error
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError(
      'payload_too_large',
      `The request body may hold ${maxBodyBytes} bytes at most`,
    )
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new AppError('generic_error', error.message)
  }
  telemetry.trouble('request.failed', error)
  if (isTransient(error)) {
    return new AppError('unavailable', 'The store is not available: try again shortly', {
      retryAfterSeconds: 1,
    })
  }
  return new AppError('server_error', 'Something went wrong on our side')
}
