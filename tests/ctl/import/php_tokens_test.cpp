// SPDX-License-Identifier: MIT
#include "ctl/import/php_parser.h"
#include "ctl/import/php_tokens.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(PhpTokens){/// Each token behind a letter for its kind; the reason of a fault.
                      static std::string tokensOf(std::string_view code){
                          const auto tokens = phpTokens("<?php\n" + std::string(code));
if (!tokens)
    return tokens.error().reason;
std::string all;
for (const PhpToken &token : *tokens)
    all += (all.empty() ? "" : " ") + std::string(1, "TtVNnm"[static_cast<int>(token.kind)]) + ":" +
           token.text;
return all;
}
}
;

TEST(PhpTokens, TellsTextsNamesVariablesAndMarksApart) {
    const std::pair<const char *, const char *> cases[] = {
        {"$a->b?->c", "V:a m:-> N:b m:?-> N:c"},
        {"$a===1!==$b", "V:a m:=== n:1 m:!== V:b"},
        {R"('it\'s \\ \n' "q\"\\\$x $ 1")", R"(T:it's \ \n T:q"\$x $ 1)"},
        {R"("a $b" "{$b}" "{$b['k']}" "\n")", "t: t: t: t:"},
        {R"(\A\B::class A\B)", R"(N:\A\B m::: N:class N:A\B)"},
        {"fn(#[X] ?int $ñ)=>$ñ", "N:fn m:( m:#[ N:X m:] m:? N:int V:ñ m:) m:=> V:ñ"},
        {"1 // '\n2 # \"\n3 /* ' */ 4", "n:1 n:2 n:3 n:4"},
        {"1 // x ?>\n", "n:1"},
        {"<<<A\n $x\n  A . 1", "t: m:. n:1"},
        {"<<<'A'\n {$x\nA;", "t: m:;"},
        {"<<<A\n AB\n A;", "t: m:;"},
        {"", ""},
    };
    for (const auto &[code, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, tokensOf(code).c_str(), code);
}

TEST(PhpTokens, RefusesWhatAPersonAndPhpMayReadDifferently) {
    const std::pair<const char *, const char *> cases[] = {
        {"'a", "line 2: a text without an end"},
        {"\"a", "line 2: a text without an end"},
        {"\n/* a", "line 3: a comment without an end"},
        {"`ls`", "line 2: a command in backquotes"},
        {"?> html", "line 2: text outside <?php … ?>"},
        {R"("{$a["k"]}")", "line 2: an expression within a text"},
        {R"("{$a->b("}")}")", "line 2: an expression within a text"},
        {"<<<A\n{$x}\nA;", "line 2: an expression within a heredoc"},
        {"<<<A\nB", "line 2: a heredoc without an end"},
        {"<<< A B", "line 2: an odd heredoc"},
    };
    for (const auto &[code, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, tokensOf(code).c_str(), code);
    for (const char *file : {"", "html", "<?", "<?= 1", "<?phpx", " x <?php "})
        STRCMP_EQUAL_TEXT("line 1: expected <?php at the beginning",
                          phpTokens(file).error().reason.c_str(), file);
    CHECK_TRUE(phpTokens("#!/usr/bin/php\n<?PHP\n1").has_value());
}

TEST_GROUP(PhpParser){/// The tree with brackets; the reason of a fault.
                      static std::string treeOf(std::string_view code){
                          const auto tokens = phpTokens("<?php " + std::string(code));
const auto tree = parsePhpExpression(*tokens);
return tree ? shown(*tree) : tree.error().reason;
}
static std::string shown(const PhpExpression &expression) {
    std::string all = expression.type + expression.name + "(";
    for (const PhpExpression &part : expression.parts)
        all += (all.ends_with('(') ? "" : " ") + shown(part);
    return all + ")";
}
}
;

TEST(PhpParser, BindsOperatorsAsPhpDoes) {
    const std::pair<const char *, const char *> cases[] = {
        {"$a || $b && !$c === $d", "||(a() &&(b() ===((c()) d())))"},
        {"(int) $a->b === $c", "===(int(b(a())) c())"},
        {"$a ?? $b ?? $c", "?\?(a() ?\?(b() c()))"},
        {"$a ? $b : $c", "(a() b() c())"},
        {"$a ?: $b", "(a() b())"},
        {"f($a, [1, 'k' => $b],)", "f(a() (1() (k() b())))"},
        {"A::b()->c(1)->d[0]", "(d(c(Ab() 1())) 0())"},
        {"array(1)", "(1())"},
        {"$a = $b", "(a() b())"},
        {"[$a, $b] = f()", "((a() b()) f())"},
    };
    for (const auto &[code, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, treeOf(code).c_str(), code);
}

TEST(PhpParser, GuessesNothing) {
    for (const char *code : {"$a + 1",
                             "new A()",
                             "f(...$a)",
                             "f(a: 1)",
                             "$a and $b",
                             "$a instanceof B",
                             "match(1) {}",
                             "$$a",
                             "$a::b()",
                             "-1",
                             "012",
                             "1.5",
                             "1_000",
                             "$a ? $b : $c ? $d : $e",
                             "isset($a)",
                             "f(...)",
                             "$f()",
                             "fn (int|string $a) => 1",
                             "fn ($a = 1) => 1",
                             "fn (&$a) => 1",
                             "function () { while (1) {} }",
                             "function () { if (1): endif; }",
                             "",
                             "(",
                             "f(",
                             "$a =",
                             "#[A] fn () => 1"})
        CHECK_TRUE_TEXT(treeOf(code).find("understood") != std::string::npos ||
                            treeOf(code) == "its code ends too early",
                        code);
    std::string deep(10'000, '(');
    STRCMP_CONTAINS("is not understood there", treeOf(deep).c_str());
    STRCMP_CONTAINS("is not understood there", treeOf(std::string(10'000, '!') + "1").c_str());
}
