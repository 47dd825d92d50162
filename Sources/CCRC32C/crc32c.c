// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#include "crc32c.h"

#include <string.h>

#if defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

/// The Castagnoli polynomial with its bits reversed, as the least significant bit comes first.
static const uint32_t polynomial = 0x82F63B78u;

/// `table[n][b]` is the remainder of byte `b` followed by `n` zero bytes.
static uint32_t table[8][256];

// Filled before main, so that no call has to ask whether it is the first; it takes a few microseconds.
__attribute__((constructor)) static void fill_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t remainder = byte;
        for (int bit = 0; bit < 8; bit++) {
            remainder = (remainder >> 1) ^ ((remainder & 1) ? polynomial : 0);
        }
        table[0][byte] = remainder;
    }
    for (int zeros = 1; zeros < 8; zeros++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t shorter = table[zeros - 1][byte];
            table[zeros][byte] = (shorter >> 8) ^ table[0][shorter & 0xFF];
        }
    }
}

// Byte by byte, so that the result is the same on a big-endian machine; compilers make one load of it.
static uint32_t load_little_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint32_t martlet_crc32c_portable(uint32_t crc, const void *data, size_t length) {
    const uint8_t *bytes = data;
    crc = ~crc;
    for (; length >= 8; length -= 8, bytes += 8) {
        uint32_t low = crc ^ load_little_endian(bytes);
        uint32_t high = load_little_endian(bytes + 4);
        crc = table[7][low & 0xFF] ^ table[6][(low >> 8) & 0xFF] ^ table[5][(low >> 16) & 0xFF] ^ table[4][low >> 24]
            ^ table[3][high & 0xFF] ^ table[2][(high >> 8) & 0xFF] ^ table[1][(high >> 16) & 0xFF]
            ^ table[0][high >> 24];
    }
    for (; length > 0; length--, bytes++) {
        crc = (crc >> 8) ^ table[0][(crc ^ *bytes) & 0xFF];
    }
    return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *bytes, size_t length) {
    uint64_t state = (uint32_t)~crc;
    for (; length >= 8; length -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        state = __builtin_ia32_crc32di(state, word);
    }
    uint32_t rest = (uint32_t)state;
    for (; length > 0; length--, bytes++) {
        rest = __builtin_ia32_crc32qi(rest, *bytes);
    }
    return ~rest;
}

uint32_t martlet_crc32c(uint32_t crc, const void *data, size_t length) {
    // The answer is a bit in a variable that the runtime fills before main: cheaper to ask than to remember.
    return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(crc, data, length)
                                            : martlet_crc32c_portable(crc, data, length);
}

#elif defined(__ARM_FEATURE_CRC32) && !defined(__ARM_BIG_ENDIAN)

uint32_t martlet_crc32c(uint32_t crc, const void *data, size_t length) {
    const uint8_t *bytes = data;
    crc = ~crc;
    for (; length >= 8; length -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        crc = __crc32cd(crc, word);
    }
    for (; length > 0; length--, bytes++) {
        crc = __crc32cb(crc, *bytes);
    }
    return ~crc;
}

#else

uint32_t martlet_crc32c(uint32_t crc, const void *data, size_t length) {
    return martlet_crc32c_portable(crc, data, length);
}

#endif
