// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Calls on connections, and those that a file and a connection share.

#define _GNU_SOURCE
#include "shim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESCRIPTORS 65536

// The number of the connection that a descriptor is, counted from 1.
static uint32_t connections[DESCRIPTORS];
static uint32_t accepted;

void shim_forget_file(int descriptor);
ssize_t shim_write_file(int descriptor, const struct iovec *pieces, int count, off_t offset);

uint32_t shim_connection(int descriptor) {
    return descriptor >= 0 && descriptor < DESCRIPTORS ? connections[descriptor] : 0;
}

static uint32_t port(const struct sockaddr_storage *address) {
    if (address->ss_family == AF_INET) return ntohs(((const struct sockaddr_in *)address)->sin_port);
    if (address->ss_family == AF_INET6) return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
    return 0;
}

int accept4(int listener, struct sockaddr *address, socklen_t *size, int flags) {
    struct verdict verdict = shim_judge(ACCEPT);
    if (verdict.error) {
        errno = verdict.error;
        return -1;
    }
    uint64_t begin = shim_tick();
    int made = (int)syscall(SYS_accept4, listener, address, size, flags);
    if (made < 0 || made >= DESCRIPTORS) return made;
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    syscall(SYS_getpeername, made, &peer, &length);
    uint32_t connection = __atomic_add_fetch(&accepted, 1, __ATOMIC_SEQ_CST);
    connections[made] = connection;
    struct record record = {
        .kind = ACCEPTED, .object = connection, .begin = begin, .end = shim_tick(), .detail = port(&peer)};
    shim_record(record, NULL, 0);
    return made;
}

int accept(int listener, struct sockaddr *address, socklen_t *size) { return accept4(listener, address, size, 0); }

int close(int descriptor) {
    uint32_t connection = shim_connection(descriptor);
    if (connection) {
        connections[descriptor] = 0;
        uint64_t tick = shim_tick();
        shim_record((struct record){.kind = CLOSED, .object = connection, .begin = tick, .end = tick}, NULL, 0);
    }
    shim_forget_file(descriptor);
    return (int)syscall(SYS_close, descriptor);
}

// MARK: Sending

// Sends pieces; what leaves has left when the call begins, since nobody can have got it earlier.
static ssize_t send_pieces(int descriptor, const struct iovec *pieces, int count, int flags) {
    struct verdict verdict = shim_judge(SEND);
    if (verdict.error) {
        errno = verdict.error;
        return -1;
    }
    struct iovec parts[IOV_MAX];
    memcpy(parts, pieces, (size_t)count * sizeof *pieces);
    if (verdict.is_short && parts[0].iov_len > 1) {
        count = 1;
        parts[0].iov_len /= 2;
    }
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
    uint64_t begin = shim_tick();
    ssize_t sent = syscall(SYS_sendmsg, descriptor, &message, flags | MSG_NOSIGNAL);
    if (sent <= 0) return sent;
    struct record record = {.kind = SENT,
                            .object = shim_connection(descriptor),
                            .begin = begin,
                            .end = shim_tick(),
                            .result = sent,
                            .length = (uint32_t)sent};
    shim_record(record, parts, count);
    return sent;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    struct iovec piece = {(void *)bytes, count};
    if (shim_connection(descriptor)) return send_pieces(descriptor, &piece, 1, 0);
    if (shim_file(descriptor) == NO_FILE) return syscall(SYS_write, descriptor, bytes, count);
    off_t offset = syscall(SYS_lseek, descriptor, 0L, SEEK_CUR);
    ssize_t written = shim_write_file(descriptor, &piece, 1, offset);
    if (written > 0) syscall(SYS_lseek, descriptor, offset + written, SEEK_SET);
    return written;
}

ssize_t writev(int descriptor, const struct iovec *pieces, int count) {
    if (shim_connection(descriptor)) return send_pieces(descriptor, pieces, count, 0);
    if (shim_file(descriptor) == NO_FILE) return syscall(SYS_writev, descriptor, pieces, count);
    off_t offset = syscall(SYS_lseek, descriptor, 0L, SEEK_CUR);
    ssize_t written = shim_write_file(descriptor, pieces, count, offset);
    if (written > 0) syscall(SYS_lseek, descriptor, offset + written, SEEK_SET);
    return written;
}

ssize_t send(int descriptor, const void *bytes, size_t count, int flags) {
    struct iovec piece = {(void *)bytes, count};
    if (shim_connection(descriptor)) return send_pieces(descriptor, &piece, 1, flags);
    return syscall(SYS_sendto, descriptor, bytes, count, flags, NULL, 0L);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
    if (!shim_connection(descriptor)) return syscall(SYS_sendmsg, descriptor, message, flags);
    return send_pieces(descriptor, message->msg_iov, (int)message->msg_iovlen, flags);
}

// MARK: Receiving

static ssize_t receive(int descriptor, void *bytes, size_t count, int flags) {
    struct verdict verdict = shim_judge(RECEIVE);
    if (verdict.error) {
        errno = verdict.error;
        return -1;
    }
    if (verdict.is_short) count = 1;
    uint64_t begin = shim_tick();
    ssize_t got = syscall(SYS_recvfrom, descriptor, bytes, count, flags, NULL, NULL);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return got;
    struct record record = {.kind = RECEIVED,
                            .object = shim_connection(descriptor),
                            .begin = begin,
                            .end = shim_tick(),
                            .result = got,
                            .length = got > 0 ? (uint32_t)got : 0};
    struct iovec piece = {bytes, got > 0 ? (size_t)got : 0};
    shim_record(record, &piece, 1);
    return got;
}

ssize_t read(int descriptor, void *bytes, size_t count) {
    if (shim_connection(descriptor)) return receive(descriptor, bytes, count, 0);
    return syscall(SYS_read, descriptor, bytes, count);
}

ssize_t recv(int descriptor, void *bytes, size_t count, int flags) {
    if (shim_connection(descriptor)) return receive(descriptor, bytes, count, flags);
    return syscall(SYS_recvfrom, descriptor, bytes, count, flags, NULL, NULL);
}

int epoll_wait(int descriptor, struct epoll_event *events, int count, int timeout) {
    struct verdict verdict = shim_judge(POLL);
    if (verdict.error) {
        errno = verdict.error;
        return -1;
    }
    return (int)syscall(SYS_epoll_pwait, descriptor, events, count, timeout, NULL, 8L);
}
