/* functions_text.c -- base64, and the percent signs of URLs. */
#include "jsonata/internal.h"

#include "base/text.h"

static Json *base64encode(Call *call)
{
    if (!call->arguments[0]) return NULL;
    Str  from = call->arguments[0]->text;
    Text bytes;
    text_init(&bytes, call->run, from.length * 2);
    for (size_t at = 0; at < from.length;) { /* a byte of each UTF-16 unit */
        uint32_t code = text_next(from, &at);
        if (code > 0xffff) {
            text_add_byte(&bytes, (char)(((code - 0x10000) >> 10) & 0xff));
            code -= 0x10000;
        }
        text_add_byte(&bytes, (char)(code & 0xff));
    }
    run_need(call->run, bytes.length * 2);
    return value_string(call->run, text_base64(call->run->arena, text_str(&bytes)));
}

static int digit_of(char byte)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char       *found = byte ? strchr(digits, byte == '-' ? '+' : byte == '_' ? '/' : byte) : NULL;
    return found ? (int)(found - digits) : -1;
}

static Json *base64decode(Call *call)
{
    if (!call->arguments[0]) return NULL;
    Str      from = call->arguments[0]->text;
    Text     text;
    uint32_t bits = 0, count = 0;
    text_init(&text, call->run, from.length);
    for (size_t i = 0; i < from.length && from.data[i] != '='; i++) {
        int digit = digit_of(from.data[i]);
        if (digit < 0) continue;
        bits = bits << 6 | (uint32_t)digit;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        text_add_code(&text, bits >> count & 0xff);
    }
    return text_value(&text);
}

static _Noreturn void malformed(Call *call)
{
    run_fault(call->run, (Mistake){ .code = "D3140", .value = call->arguments[0] });
}

static Json *encode(Call *call, const char *kept)
{
    if (!call->arguments[0]) return NULL;
    Str  from = call->arguments[0]->text;
    Text text;
    text_init(&text, call->run, from.length + from.length / 2);
    for (size_t at = 0; at < from.length;) {
        size_t   start = at;
        uint32_t code = text_next(from, &at);
        if (code >= 0xd800 && code < 0xe000) malformed(call);
        if (code < 0x80 && (((code | 32) >= 'a' && (code | 32) <= 'z') || (code && strchr(kept, (int)code)))) {
            text_add_byte(&text, (char)code);
            continue;
        }
        for (; start < at; start++) {
            static const char hex[] = "0123456789ABCDEF";
            uint8_t           byte = (uint8_t)from.data[start];
            text_add_byte(&text, '%');
            text_add_byte(&text, hex[byte >> 4]);
            text_add_byte(&text, hex[byte & 15]);
        }
    }
    return text_value(&text);
}

static int hex_at(Str text, size_t at)
{
    if (at >= text.length) return -1;
    char byte = text.data[at];
    if (byte >= '0' && byte <= '9') return byte - '0';
    byte |= 32;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static Json *decode(Call *call, const char *kept)
{
    if (!call->arguments[0]) return NULL;
    Str  from = call->arguments[0]->text;
    Text text;
    text_init(&text, call->run, from.length);
    for (size_t at = 0; at < from.length; at++) {
        if (from.data[at] != '%') {
            text_add_byte(&text, from.data[at]);
            continue;
        }
        int high = hex_at(from, at + 1), low = hex_at(from, at + 2);
        if (high < 0 || low < 0) malformed(call);
        char byte = (char)(high * 16 + low);
        if (byte > 0 && strchr(kept, byte)) {
            text_add(&text, str_slice(from, at, at + 3));
        } else {
            text_add_byte(&text, byte);
        }
        at += 2;
    }
    if (!text_utf8_valid(text_str(&text))) malformed(call);
    return text_value(&text);
}

static Json *encode_component(Call *call)
{
    return encode(call, "0123456789-_.!~*'()");
}

static Json *encode_url(Call *call)
{
    return encode(call, "0123456789-_.!~*'();/?:@&=+$,#");
}

static Json *decode_component(Call *call)
{
    return decode(call, "");
}

static Json *decode_url(Call *call)
{
    return decode(call, ";/?:@&=+$,#");
}

const Native natives_text[] = {
    { "base64encode", "<s-:s>", 1, 0, base64encode },
    { "base64decode", "<s-:s>", 1, 0, base64decode },
    { "encodeUrlComponent", "<s-:s>", 1, 0, encode_component },
    { "encodeUrl", "<s-:s>", 1, 0, encode_url },
    { "decodeUrlComponent", "<s-:s>", 1, 0, decode_component },
    { "decodeUrl", "<s-:s>", 1, 0, decode_url },
    { NULL, NULL, 0, 0, NULL },
};
