/* receipt.c -- a receipt in base64.
 *
 *     format (2 bytes, 1), queue (8), sequence (8), nonce (8), CRC-32C of these (4)
 *
 * Thirty bytes are forty letters without padding. The checksum tells a damaged handle from a stale
 * one: they are refused differently. */
#include "services/sqs/receipt.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/text.h"
#include "services/sqs/sqs_limits.h"

enum { RECEIPT_FORMAT = 1, RECEIPT_SUMMED = 26, RECEIPT_SIZE = 30 };

Str receipt_encode(Arena *arena, const Receipt *receipt)
{
    char bytes[RECEIPT_SIZE] = { 0, RECEIPT_FORMAT };
    bytes_put_u64(bytes + 2, receipt->queue);
    bytes_put_u64(bytes + 10, receipt->sequence);
    bytes_put_u64(bytes + 18, receipt->nonce);
    bytes_put_u32(bytes + RECEIPT_SUMMED, hash_crc32c(0, bytes, RECEIPT_SUMMED));
    return text_base64(arena, str_from(bytes, sizeof bytes));
}

bool receipt_decode(Arena *arena, Str handle, Receipt *out)
{
    Str bytes;
    if (handle.length > SQS_HANDLE_MAX || !text_unbase64(arena, handle, &bytes)) return false;
    if (bytes.length != RECEIPT_SIZE || bytes.data[0] != 0 || bytes.data[1] != RECEIPT_FORMAT) return false;
    if (bytes_get_u32(bytes.data + RECEIPT_SUMMED) != hash_crc32c(0, bytes.data, RECEIPT_SUMMED)) return false;
    out->queue = bytes_get_u64(bytes.data + 2);
    out->sequence = bytes_get_u64(bytes.data + 10);
    out->nonce = bytes_get_u64(bytes.data + 18);
    return true;
}
