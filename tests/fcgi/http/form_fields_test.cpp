// SPDX-License-Identifier: MIT
#include "fcgi/http/form_fields.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(FormFields){/// The fields as `a=1;b=2;`; "refused".
                       static std::string text(const FormFields &fields){std::string out;
for (const auto &[name, value] : fields)
    out += name + "=" + value + ";";
return out;
}
static std::string read(const char *contentType, const std::string &body, const char *query = "") {
    HttpRequest request;
    request.contentType = contentType;
    request.body = body;
    request.query = query;
    const auto fields = readFormFields(request);
    return fields ? text(*fields) : "refused";
}
static std::string multipart(const std::string &body) {
    return read("multipart/form-data; boundary=XX", body);
}
static std::string part(const std::string &name, const std::string &value) {
    return "--XX\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}
}
;

TEST(FormFields, PercentDecodesOnce) {
    const std::pair<const char *, const char *> cases[] = {
        {"a%20b", "a b"}, {"%41%62", "Ab"}, {"%2541", "%41"}, {"%c3%A9", "é"}, {"a+b", "a+b"},
        {"%", "%"},       {"%4", "%4"},     {"%4g", "%4g"},   {"%%41", "%A"},  {"", ""},
    };
    for (const auto &[raw, expected] : cases)
        STRCMP_EQUAL(expected, percentDecode(raw, PlusSign::IsPlus).c_str());
    STRCMP_EQUAL("a b+", percentDecode("a+b%2B", PlusSign::IsSpace).c_str());
}

TEST(FormFields, ReadsAQuery) {
    const std::pair<const char *, const char *> cases[] = {
        {"", ""},
        {"a=1&b=2", "a=1;b=2;"},
        {"a=1&a=2", "a=2;"},
        {"a", "a=;"},
        {"a=", "a=;"},
        {"a=b=c", "a=b=c;"},
        {"&&a=1&", "a=1;"},
        {"=1", "=1;"},
        {"a%26=%3D+x", "a&== x;"},
        {"A=1&a=2", "A=1;a=2;"},
    };
    for (const auto &[query, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, text(parseUrlEncoded(query)).c_str(), query);
}

TEST(FormFields, ReadsTheBodyByItsType) {
    STRCMP_EQUAL("socket_id=1.2;",
                 read("application/x-www-form-urlencoded", "socket_id=1.2").c_str());
    STRCMP_EQUAL("a=é;",
                 read("Application/X-WWW-Form-URLEncoded; charset=utf-8", "a=%C3%A9").c_str());
    STRCMP_EQUAL("a=x;b=2.5;d[0]=;", read("application/json; charset=utf-8",
                                          R"({"a":"x","b":2.5,"c":null,"d":[1],"e":true,"f":{}})")
                                         .c_str());
    STRCMP_EQUAL("", read("text/plain", "a=1").c_str());
    STRCMP_EQUAL("", read("", "a=1").c_str());
    STRCMP_EQUAL("", read("application/json", "").c_str());
}

TEST(FormFields, ASocketIdIsATextAndNoNumber) { // 12.10 would become the socket 12.1
    HttpRequest request;
    request.contentType = "application/json";
    request.body = R"({"socket_id":12.10,"channel_name":7})";
    const auto fields = readFormFields(request);
    CHECK_FALSE(fields->contains("socket_id"));
    STRCMP_EQUAL("7", fields->at("channel_name").c_str());
}

TEST(FormFields, BodyWinsOverTheQuery) {
    STRCMP_EQUAL("a=body;b=query;",
                 read("application/x-www-form-urlencoded", "a=body", "a=query&b=query").c_str());
}

TEST(FormFields, RefusesABodyThatIsNotWhatItSays) {
    for (const char *body : {"{", "[]", "5", "a=1", "\"a\""})
        STRCMP_EQUAL_TEXT("refused", read("application/json", body).c_str(), body);
}

TEST(FormFields, ReadsMultipart) {
    STRCMP_EQUAL("a=1;b=x\r\ny;",
                 multipart(part("a", "1") + part("b", "x\r\ny") + "--XX--\r\n").c_str());
    STRCMP_EQUAL("a=;", multipart(part("a", "") + "--XX--").c_str());
    STRCMP_EQUAL("a=2;", multipart(part("a", "1") + part("a", "2") + "--XX--").c_str());
    STRCMP_EQUAL("", multipart("--XX--\r\n").c_str());
    STRCMP_EQUAL("a=1;", multipart("preamble\r\n" + part("a", "1") + "--XX--\r\nepilogue").c_str());
}

TEST(FormFields, ReadsTheHeadersOfAPart) {
    STRCMP_EQUAL("a=1;", multipart("--XX\r\nContent-Type: text/plain\r\n"
                                   "content-disposition: form-data; filename=\"f\"; NAME=a\r\n\r\n1"
                                   "\r\n--XX--")
                             .c_str());
    STRCMP_EQUAL("", multipart("--XX\r\nContent-Type: text/plain\r\n\r\n1\r\n--XX--").c_str());
    STRCMP_EQUAL(
        "a=1;",
        read("multipart/form-data; charset=x; boundary=\"XX\"", part("a", "1") + "--XX--").c_str());
}

TEST(FormFields, APartWithoutHeadersHasNoName) {
    STRCMP_EQUAL("", multipart("--XX\r\n\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"
                               "\r\n--XX--")
                         .c_str());
}

TEST(FormFields, RefusesMalformedMultipart) {
    for (const std::string &body :
         {std::string("x"), part("a", "1"), std::string("--XX"), std::string("--XX\r\n"),
          std::string("--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n--XX--")})
        STRCMP_EQUAL_TEXT("refused", multipart(body).c_str(), body.c_str());
    STRCMP_EQUAL("refused", read("multipart/form-data", part("a", "1") + "--XX--").c_str());
    STRCMP_EQUAL("refused", read("multipart/form-data; boundary=", part("a", "1")).c_str());
}

TEST(FormFields, RefusesMultipartThatIsCutAnywhereBeforeItsEnd) {
    const std::string whole = part("a", "1") + part("b", "2") + "--XX--";
    for (std::size_t length = 1; length < whole.size(); length++)
        STRCMP_EQUAL_TEXT("refused", multipart(whole.substr(0, length)).c_str(),
                          std::to_string(length).c_str());
    STRCMP_EQUAL("a=1;b=2;", multipart(whole).c_str());
    STRCMP_EQUAL("a=1;b=2;", multipart(whole + "\r").c_str());
    STRCMP_EQUAL("a=1;b=2;", multipart(whole + "\r\n").c_str());
}

TEST(FormFields, ReadsAListAsAFormWouldWriteIt) {
    STRCMP_EQUAL("a[0]=x;a[1]=;a[2]=y;",
                 read("application/json", R"({"a":["x",1,"y"],"b":[]})").c_str());
}
