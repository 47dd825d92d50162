// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// The frames that a client sends: any bytes mean the same however they are cut into reads.
enum FramesEntry {
    private static let maxBody = 4_096

    static func read(_ bytes: [UInt8]) throws {
        for greeting in ["HELLO 1\n", ""] {
            let input = Array(greeting.utf8) + bytes
            let whole = hear([input[...]])
            for pieces in Cuts.ways(of: input) {
                let cut = hear(pieces)
                try BrokenProperty.unless(
                    cut == whole, "\(cut.events) of \(pieces.count) reads instead of \(whole.events)")
            }
        }
    }

    /// What a connection hears of some reads: it keeps what the decoder did not consume, and ends with an error.
    private static func hear(_ pieces: [ArraySlice<UInt8>]) -> Heard {
        var decoder = FrameDecoder(maxBody: maxBody)
        var recorder = FrameRecorder()
        var rest: [UInt8] = []
        for piece in pieces {
            rest.append(contentsOf: piece)
            let (consumed, fatal) = rest.withUnsafeBytes { decoder.decode($0, into: &recorder) }
            rest.removeFirst(consumed)
            if let fatal { return Heard(events: recorder.events + [.refused(fatal)], rest: 0) }
        }
        return Heard(events: recorder.events, rest: rest.count)
    }

    private struct Heard: Equatable {
        var events: [FrameRecorder.Event]
        var rest: Int
    }

    static var seeds: [[UInt8]] {
        [
            "HELLO 1,2 client=a%20b token=t heartbeat=30\r\nPING\nBYE\n",
            "PUB orders.paid 5 id=o%25-1 key=k process=p cause=c hdr=5\r\na: b\nhello\r\nPUB o 0\n\n",
            "SUB 1 orders billing window=16 from=earliest lease=30s max-failures=5 backoff=5s,30s grace=1m ephemeral\n",
            "SUB 2 o g from=offset:7\nSUB 3 o h from=time:1790000000000\nWINDOW 1 0\nUNSUB 1\n",
            "ACK 1 7\nACK 1 100-163\nACK 1 7,9,100-163\nNACK 1 1 delay=5s code=io note=no%20route\n",
            "RELEASE 1 1-2 delay=1ms\nREJECT 1 3 code=c note=n\nTOUCH 1 1-4 for=1m progress=50 note=n\n",
            "BEGIN id=t-1\nSET s k 3 version=any ttl=5s\nabc\nUNSET s k version=4\nGET s k\nCOMMIT\n",
            "BEGIN\nSET s k 0 version=0\n\nABORT\nOUTCOME t-1\n",
            "LIST s prefix=a limit=10 after=b\nRECEIPT 1 7 outcome=done\nPEEK o 1 limit=3\n",
            "CREATE topic o retention=work max-age=7d max-bytes=0 max-messages=9 dedup-window=24h\nDELETE topic o\n",
            "CREATE subscription o g from=new lease=1s\nDELETE subscription o g\nPURGE o before=9\n",
            "PUB o 2 delay=5m ttl=1h id=i\nhi\nPUB o 0 at=1790000000000\n\nCANCEL o i\nRESCHEDULE o i delay=1s\n",
            "SCHEDULED o limit=9 after=5-7\nPARKED o g limit=9 after=5\nPARK 1 7 code=c note=n\nRESOLVE o g 7 retry\n",
            "ALTER topic o max-age=none\nALTER subscription o g expect=none lease=1m\nPAUSE o g for=5m\nRESUME o g\n",
            "SUB 1 o g alter order=key on-poison=park on-expire=dead where=n:%20v key-prefix=c- expire-after=1d\n",
            "SEEK o g offset:7\nREDRIVE o g reason=expired rate=5 limit=9 since=1 until=2 dry-run\nREDRIVE o g stop\n",
            "EXPECT p o 5m id=i lookback=1m\nUNEXPECT p o id=i\nWHY o 7 g\nWHY o id:i\nTREE p limit=9\n",
            "INFO\nINFO topics\nINFO topic o\nINFO subscription o g\nINFO consumers\nPONG\n",
        ].map { Array($0.utf8) }
    }
}
