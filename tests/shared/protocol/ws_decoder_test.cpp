// SPDX-License-Identifier: MIT
#include "shared/protocol/ws_decoder.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

/// Remembers what it is given, one line each.
class Recorder final : public WsHandler {
  public:
    void onMessage(std::string_view payload, bool isBinary) override {
        note((isBinary ? "binary " : "text ") + std::string(payload));
    }
    void onPing(std::string_view payload) override { note("ping " + std::string(payload)); }
    void onPong() override { note("pong"); }
    void onClose(std::uint16_t code, std::string_view reason) override {
        note("close " + std::to_string(code) + " " + std::string(reason));
    }
    std::string heard;

  private:
    void note(const std::string &line) { heard += (heard.empty() ? "" : "|") + line; }
};

constexpr unsigned kFinal = 0x80;

/// A masked frame; the length in its shortest form.
std::string frame(unsigned first, const std::string &payload) {
    const unsigned char key[] = {0x12, 0x34, 0x56, 0x78};
    std::string bytes(1, static_cast<char>(first));
    const std::size_t size = payload.size();
    if (size < 126) {
        bytes += static_cast<char>(0x80 | size);
    } else if (size <= 0xffff) {
        bytes += static_cast<char>(0x80 | 126);
        bytes += {static_cast<char>(size >> 8), static_cast<char>(size)};
    } else {
        bytes += static_cast<char>(0x80 | 127);
        for (int shift = 56; shift >= 0; shift -= 8)
            bytes += static_cast<char>(static_cast<std::uint64_t>(size) >> shift);
    }
    bytes.append(reinterpret_cast<const char *>(key), 4);
    for (std::size_t i = 0; i < size; i++)
        bytes += static_cast<char>(payload[i] ^ static_cast<char>(key[i & 3]));
    return bytes;
}

} // namespace

TEST_GROUP(WsDecoder) {
    WsDecoder decoder;
    Recorder client;
    static constexpr std::size_t kMaximum = 70'000;

    /// What was heard, or the code and reason of the failure.
    std::string feed(std::string bytes, std::size_t maximum = kMaximum) {
        const auto failed = decoder.feed({bytes.data(), bytes.size()}, maximum, client);
        return failed ? std::to_string(failed->code) + " " + failed->text : client.heard;
    }
};

TEST(WsDecoder, HandsOutAMessage) {
    STRCMP_EQUAL("text hello", feed(frame(kFinal | 1, "hello")).c_str());
}

TEST(WsDecoder, TellsBinaryFromText) {
    STRCMP_EQUAL("binary \xff", feed(frame(kFinal | 2, "\xff")).c_str());
}

TEST(WsDecoder, ReadsEveryFormOfLength) {
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65'535U, 65'536U}) {
        client.heard.clear();
        const std::string payload(size, 'x');
        STRCMP_EQUAL(("text " + payload).c_str(), feed(frame(kFinal | 1, payload)).c_str());
    }
}

TEST(WsDecoder, TakesAStreamByteByByte) {
    for (char byte : frame(kFinal | 1, "hello") + frame(kFinal | 9, "") + frame(kFinal | 1, ""))
        feed(std::string(1, byte));

    STRCMP_EQUAL("text hello|ping |text ", client.heard.c_str());
}

TEST(WsDecoder, GoesOnInAnotherDecoderWhereverItWasCut) {
    const std::string large(300, 'l'), huge(66'000, 'h');
    const std::string bytes = frame(1, "a") + frame(0, "") + frame(kFinal | 9, "ping") +
                              frame(0, large) + frame(kFinal | 0, "c") + frame(2, huge) +
                              frame(kFinal | 0, "") + frame(1, "") + frame(kFinal | 0, "z");
    feed(bytes);
    const std::string whole = client.heard;
    for (std::size_t cut = 0; cut <= bytes.size(); cut += cut < 600 ? 1 : 997) {
        WsDecoder first, second;
        client.heard.clear();
        std::string start = bytes.substr(0, cut), rest = bytes.substr(cut);
        CHECK_FALSE(first.feed(start, kMaximum, client).has_value());
        std::string unfinished = first.unfinished();
        CHECK_FALSE(second.feed(unfinished, kMaximum, client).has_value());
        CHECK_FALSE(second.feed(rest, kMaximum, client).has_value());
        CHECK_TEXT(client.heard == whole, std::to_string(cut).c_str());
    }
}

TEST(WsDecoder, IsUnfinishedOnlyWithinAMessage) {
    feed(frame(kFinal | 1, "hello"));
    STRCMP_EQUAL("", decoder.unfinished().c_str());
    const std::string half = frame(kFinal | 1, "hello").substr(0, 8);
    feed(half);
    CHECK_TRUE(decoder.unfinished() == half);
}

TEST(WsDecoder, TakesSeveralFramesAtOnce) {
    STRCMP_EQUAL(
        "text a|text b|pong",
        feed(frame(kFinal | 1, "a") + frame(kFinal | 1, "b") + frame(kFinal | 10, "")).c_str());
}

TEST(WsDecoder, JoinsFragmentsWithControlFramesBetween) {
    STRCMP_EQUAL("ping x|text abc", feed(frame(1, "a") + frame(kFinal | 9, "x") + frame(0, "b") +
                                         frame(kFinal | 0, "c"))
                                        .c_str());
}

TEST(WsDecoder, ChecksTextAcrossFragments) {
    STRCMP_EQUAL("text é", feed(frame(1, "\xc3") + frame(kFinal | 0, "\xa9")).c_str());
    STRCMP_EQUAL("1007 Invalid UTF-8", feed(frame(kFinal | 1, "\xc3")).c_str());
}

TEST(WsDecoder, RefusesTextThatIsNotUtf8BeforeItsEnd) { // Autobahn 6.4
    STRCMP_EQUAL("1007 Invalid UTF-8", feed(frame(1, "\xce\xba\xff")).c_str());
}

TEST(WsDecoder, RefusesItInAFrameThatIsNotWhole) {
    const std::string bytes = frame(kFinal | 1, "ab\xed\xa0" + std::string(20, 'x'));
    const std::size_t header = 6;
    STRCMP_EQUAL("", feed(bytes.substr(0, header + 3)).c_str());
    STRCMP_EQUAL("1007 Invalid UTF-8", feed(bytes.substr(header + 3, 1)).c_str());
}

TEST(WsDecoder, ChecksEachMessageInPiecesFromItsOwnBeginning) {
    feed(frame(1, "a\xe2\x82") + frame(kFinal | 9, "p") + frame(kFinal, "\xac"));
    STRCMP_EQUAL("ping p|text a\xe2\x82\xac|text b\xc3\xb1",
                 feed(frame(1, "b\xc3") + frame(kFinal, "\xb1")).c_str());
    STRCMP_EQUAL("1007 Invalid UTF-8", feed(frame(1, "\xff")).c_str());
}

TEST(WsDecoder, DoesNotReadBinaryPiecesAsText) {
    STRCMP_EQUAL("binary \xff\xfe", feed(frame(2, "\xff") + frame(kFinal, "\xfe")).c_str());
}

TEST(WsDecoder, RefusesWhatBreaksTheFraming) {
    const std::string unmasked = std::string("\x81\x05") + "hello";
    const struct {
        std::string bytes;
        const char *expected;
    } cases[] = {
        {unmasked.substr(0, 2), "1002 frame not masked"},
        {frame(kFinal | 0x40 | 1, "a"), "1002 reserved bits set"},
        {frame(kFinal | 3, "a"), "1002 reserved opcode"},
        {frame(kFinal | 11, "a"), "1002 reserved opcode"},
        {frame(9, "a"), "1002 malformed control frame"},
        {frame(kFinal | 9, std::string(126, 'a')), "1002 malformed control frame"},
        {frame(kFinal | 0, "a"), "1002 continuation of nothing"},
        {frame(1, "a") + frame(kFinal | 1, "b"), "1002 message inside a message"},
        {std::string("\x81\xfe\x00\x05", 4) + "kkkk", "1002 length not in its shortest form"},
        {std::string("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff", 10) + "kkkk",
         "1002 length not in its shortest form"},
        {frame(kFinal | 8, "x"), "1002 malformed Close"},
        {frame(kFinal | 8, std::string("\x03\xed", 2)), "1002 malformed Close"}, // 1005
        {frame(kFinal | 8, std::string("\x03\xe8\xff", 3)), "1007 Invalid UTF-8"},
    };
    for (const auto &[bytes, expected] : cases) {
        decoder = {};
        STRCMP_EQUAL(expected, feed(bytes).c_str());
    }
}

TEST(WsDecoder, RefusesALargeMessageByItsHeader) {
    const std::string header = std::string("\x81\xff\x00\x00\x00\x00\x00\x10\x00\x00", 10) + "kkkk";

    STRCMP_EQUAL("1009 Maximum message size exceeded", feed(header).c_str());
}

TEST(WsDecoder, CountsAllFragmentsOfAMessage) {
    STRCMP_EQUAL("", feed(frame(1, "12345"), 9).c_str());
    STRCMP_EQUAL("1009 Maximum message size exceeded", feed(frame(kFinal | 0, "12345"), 9).c_str());
}

TEST(WsDecoder, TakesAMessageOfExactlyTheMaximum) {
    STRCMP_EQUAL("text 123456789", feed(frame(kFinal | 1, "123456789"), 9).c_str());
}

TEST(WsDecoder, HandsOutTheCloseAndNothingBehindIt) {
    STRCMP_EQUAL("close 1000 bye", feed(frame(kFinal | 8, std::string("\x03\xe8", 2) + "bye") +
                                        frame(kFinal | 1, "a"))
                                       .c_str());
}

TEST(WsDecoder, GivesACloseWithoutCodeThatOfTheStandard) {
    STRCMP_EQUAL("close 1005 ", feed(frame(kFinal | 8, "")).c_str());
}

TEST(WsDecoder, TakesAServersFramesUnmaskedOnly) {
    decoder = WsDecoder(WsSender::Server);

    STRCMP_EQUAL(
        "text hello|ping a",
        feed(std::string(textFrame("hello").bytes()) + std::string("\x89\x01") + "a").c_str());

    decoder = WsDecoder(WsSender::Server);
    STRCMP_EQUAL("1002 frame masked", feed(frame(kFinal | 1, "hello")).c_str());
}

TEST(WsDecoder, TakesWhatAClientMasked) {
    for (const std::size_t size : {0u, 1u, 125u, 126u, 65'535u, 65'536u}) {
        decoder = {};
        client.heard.clear();
        const std::string payload(size, 'x');

        STRCMP_EQUAL(("text " + payload).c_str(), feed(maskedFrame(textFrame(payload))).c_str());
    }
}
