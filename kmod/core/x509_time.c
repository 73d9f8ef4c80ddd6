// SPDX-License-Identifier: (GPL-2.0 OR MIT)
/* Validity dates: UTCTime and GeneralizedTime as RFC 5280 4.1.2.5 has them. */
#include "x509_impl.h"

#define DAY 86400u

/* Two decimal digits; marks the cursor bad where there are none. */
static unsigned int two(struct tlso_rd *r)
{
	unsigned int a = tlso_rd_u8(r) - (unsigned int)'0';
	unsigned int b = tlso_rd_u8(r) - (unsigned int)'0';

	if (a > 9 || b > 9) {
		r->bad = true;
		return 0;
	}
	return a * 10 + b;
}

static bool leap(unsigned int y)
{
	return !(y % 4) && (y % 100 || !(y % 400));
}

static unsigned int days_of_month(unsigned int y, unsigned int m)
{
	static const u8 days[] = { 31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31 };

	return days[m - 1] + (m == 2 && leap(y) ? 1u : 0u);
}

/* Days from 1970-01-01 to the first of January of @y, which is not before. */
static unsigned int days_to_year(unsigned int y)
{
	unsigned int p = y - 1;

	/* 719162 days lie between 0001-01-01 and 1970-01-01. */
	return p * 365 + p / 4 - p / 100 + p / 400 - 719162;
}

static u64 seconds_to(unsigned int y, unsigned int m, unsigned int d)
{
	unsigned int days, i;

	if (y < 1970)
		return 0;
	days = days_to_year(y) + d - 1;
	for (i = 1; i < m; i++)
		days += days_of_month(y, i);
	return (u64)days * DAY;
}

bool tlso_x509_time(struct tlso_rd *r, u64 *seconds)
{
	unsigned int y, mon, d, h, min, s;
	struct tlso_rd v;
	u8 tag;

	v = tlso_der_any(r, &tag);
	y = two(&v);
	if (tag == TLSO_DER_GENERALIZED_TIME)
		y = y * 100 + two(&v);
	else if (tag == TLSO_DER_UTC_TIME)
		y += y < 50 ? 2000 : 1900;
	else
		return false;
	mon = two(&v);
	d = two(&v);
	h = two(&v);
	min = two(&v);
	s = two(&v); /* not optional, no fraction, and no zone but Z */
	if (tlso_rd_u8(&v) != 'Z' || !tlso_rd_done(&v) || mon < 1 ||
	    mon > 12 || d < 1 || d > days_of_month(y, mon) || h > 23 ||
	    min > 59 || s > 59)
		return false;
	*seconds = y < 1970 ? 0 :
		   seconds_to(y, mon, d) + h * 3600 + min * 60 + s;
	return true;
}
