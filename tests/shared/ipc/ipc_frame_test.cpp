// SPDX-License-Identifier: MIT
#include "shared/ipc/ipc_frame.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(IpcFrame) {
    IpcFrameDecoder decoder;
    const std::string hello = encodeIpcFrame({IpcType::Publish, 0x01020304, "hello"});

    /// The payload that is ready; "" while bytes are missing, "refused" on an error.
    std::string next() {
        const auto frame = decoder.next();
        if (!frame)
            return "refused";
        return *frame ? (*frame)->payload : "";
    }

    Errc refusalOf(std::string bytes) {
        decoder.append(bytes);
        const auto frame = decoder.next();
        CHECK_FALSE(frame.has_value());
        return frame ? Errc::Internal : frame.error().code;
    }

    std::string changed(std::size_t position, char byte) {
        std::string bytes = hello;
        bytes[position] = byte;
        return bytes;
    }
};

TEST(IpcFrame, HasADocumentedLayout) {
    const std::string expected("\x05\0\0\0\x02\x01\0\0\x04\x03\x02\x01hello", 17);

    CHECK_TRUE(hello == expected);
}

TEST(IpcFrame, DecodesWhatWasEncoded) {
    decoder.append(hello);
    const auto frame = decoder.next();

    CHECK((*frame)->type == IpcType::Publish);
    LONGS_EQUAL(0x01020304, (*frame)->requestId);
    STRCMP_EQUAL("hello", (*frame)->payload.c_str());
    STRCMP_EQUAL("", next().c_str());
}

TEST(IpcFrame, DecodesAFrameThatArrivesOneByteAtATime) {
    for (std::size_t i = 0; i + 1 < hello.size(); i++) {
        decoder.append(hello.substr(i, 1));
        STRCMP_EQUAL("", next().c_str());
    }
    decoder.append(hello.substr(hello.size() - 1));

    STRCMP_EQUAL("hello", next().c_str());
}

TEST(IpcFrame, DecodesSeveralFramesThatArriveAtOnce) {
    decoder.append(hello + encodeIpcFrame({IpcType::Status, 2, ""}) +
                   encodeIpcFrame({IpcType::Reply, 3, "three"}) + hello.substr(0, 7));

    STRCMP_EQUAL("hello", next().c_str());
    CHECK((*decoder.next())->type == IpcType::Status);
    STRCMP_EQUAL("three", next().c_str());
    STRCMP_EQUAL("", next().c_str());
    decoder.append(hello.substr(7));
    STRCMP_EQUAL("hello", next().c_str());
}

TEST(IpcFrame, DecodesManyLargeFramesInOneStream) {
    for (int i = 0; i < 40; i++)
        decoder.append(
            encodeIpcFrame({IpcType::Publish, 1, std::string(5000, 'x') + std::to_string(i)}));
    for (int i = 0; i < 40; i++)
        STRCMP_EQUAL((std::string(5000, 'x') + std::to_string(i)).c_str(), next().c_str());
    STRCMP_EQUAL("", next().c_str());
}

TEST(IpcFrame, RefusesAPayloadOverTheLimitAtItsHeader) {
    std::string header = hello.substr(0, 12);
    header[0] = 1; // kMaxIpcPayload is 0x400000
    header[2] = 0x40;

    CHECK(refusalOf(header) == Errc::TooLarge);
}

TEST(IpcFrame, AcceptsAPayloadAtTheLimit) {
    decoder.append(encodeIpcFrame({IpcType::Publish, 1, std::string(kMaxIpcPayload, 'x')}));

    LONGS_EQUAL(kMaxIpcPayload, next().size());
}

TEST(IpcFrame, RefusesAnotherVersion) {
    CHECK(refusalOf(changed(4, 1)) == Errc::BadRequest);
}

TEST(IpcFrame, RefusesAnUnknownType) {
    CHECK(refusalOf(changed(5, 0)) == Errc::BadRequest);
}

TEST(IpcFrame, CarriesEveryType) {
    for (IpcType type :
         {IpcType::Publish, IpcType::Status, IpcType::Reply, IpcType::Channels,
          IpcType::ChannelInfo, IpcType::Users, IpcType::Terminate, IpcType::Connections,
          IpcType::Drain, IpcType::Tail, IpcType::TailEvent, IpcType::ListConnections,
          IpcType::ListChannels, IpcType::Upgrade, IpcType::ReplyPart}) {
        decoder.append(encodeIpcFrame({type, 1, ""}));
        CHECK((*decoder.next())->type == type);
    }
}

TEST(IpcFrame, AnAnswerOfAnyLengthGoesInPartsWithTheReplyAtTheEnd) {
    for (const std::size_t size : {std::size_t{0}, kMaxIpcPayload, 2 * kMaxIpcPayload + 1}) {
        const std::string payload(size, 'a');
        decoder.append(encodeIpcReply(7, payload));
        std::string together, types;
        for (auto frame = decoder.next(); frame && *frame; frame = decoder.next()) {
            LONGS_EQUAL(7, (*frame)->requestId);
            types += (*frame)->type == IpcType::Reply ? "R" : "p";
            together += (*frame)->payload;
        }
        STRCMP_EQUAL(size <= kMaxIpcPayload ? "R" : "ppR", types.c_str());
        CHECK_TRUE(together == payload);
    }
}

TEST(IpcFrame, RefusesATypeBeyondTheLast) {
    CHECK(refusalOf(changed(5, 16)) == Errc::BadRequest);
}

TEST(IpcFrame, RefusesReservedBytesThatAreNotZero) {
    CHECK(refusalOf(changed(7, 1)) == Errc::BadRequest);
}

TEST(IpcFrame, StaysRefused) {
    (void)refusalOf(changed(4, 3));
    decoder.append(hello);

    STRCMP_EQUAL("refused", next().c_str());
}
