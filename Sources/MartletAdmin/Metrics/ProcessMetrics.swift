// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the system says of this process, by the names that Prometheus has for it.
enum ProcessMetrics {
    /// Writes it; `started` is when the broker did, in Unix seconds.
    static func write(to writer: inout ExpositionWriter, started: UInt64) {
        writer.single("process_start_time_seconds", .gauge, "When the broker started.", started)
        var usage = rusage()
        if getrusage(whole, &usage) == 0 {
            let times = [usage.ru_utime, usage.ru_stime]
            let seconds = times.reduce(0.0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
            writer.begin("process_cpu_seconds_total", .counter, "Processor time.")
            writer.sample(seconds)
        }
        #if os(Linux)
        if let pages = residentPages() {
            writer.single(
                "process_resident_memory_bytes", .gauge, "Memory in use.", pages * UInt64(sysconf(Int32(_SC_PAGESIZE))))
        }
        #endif
    }

    #if canImport(Glibc)
    private static let whole = __rusage_who_t(RUSAGE_SELF.rawValue)
    #else
    private static let whole = RUSAGE_SELF
    #endif

    #if os(Linux)
    /// The second number of /proc/self/statm.
    private static func residentPages() -> UInt64? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }
    }
    #endif
}
